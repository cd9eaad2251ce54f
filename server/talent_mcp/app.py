"""The composition root: only here, and in the modules beside it that begin with app_, are parts put together."""

import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.abc
import httpx2

from talent_mcp.app_database import audit_store, usable
from talent_mcp.app_keys import Keys, known_credentials, open_keys
from talent_mcp.approvals.asking import Asking, Offer, nowhere
from talent_mcp.approvals.desk import Desk
from talent_mcp.approvals.given import Readings
from talent_mcp.approvals.origins import Origins
from talent_mcp.approvals.spends import Spends
from talent_mcp.approvals.wishes import Wishes
from talent_mcp.approvals.writes import Writes
from talent_mcp.audit.erasing import Eraser
from talent_mcp.audit.log import AuditLog
from talent_mcp.audit.payloads import Payloads
from talent_mcp.audit.reading import Reader
from talent_mcp.audit.resolver import Resolver
from talent_mcp.audit.subjects import Subjects
from talent_mcp.background import background_work
from talent_mcp.credentials.keyring_store import KeyringStore
from talent_mcp.credentials.lookup import Credentials
from talent_mcp.credentials.references import parse_reference
from talent_mcp.files.allowed import AllowedFiles
from talent_mcp.files.opening import OpenFiles
from talent_mcp.files.shelf import FileShelf
from talent_mcp.gate import Gate
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.keys.master import AskPassphrase
from talent_mcp.keys.master_references import parse_master_reference
from talent_mcp.policy import Policy
from talent_mcp.protocol import TalentServer
from talent_mcp.resources import Resources
from talent_mcp.settings import VENDOR_URLS, Settings
from talent_mcp.spending.budgets import Budgets
from talent_mcp.spending.kept_answers import KeptAnswers
from talent_mcp.store.protocol import Store
from talent_mcp.store.sqlite.store import SqliteStore
from talent_mcp.subscriptions.methods import Subscriptions
from talent_mcp.tasks.extension import Tasks
from talent_mcp.tasks.jobs import task_client
from talent_mcp.tasks.runner import TaskRunner
from talent_mcp.tasks.sealed import SealedTasks
from talent_mcp.tasks.times import TaskTimes
from talent_mcp.upstream.gateway import Gateway
from talent_mcp.upstream.limits import DAY
from talent_mcp.web.browser import OpenPage
from talent_mcp.web.offers import ApprovalPages
from talent_tools import load_tools
from talent_tools.vendor import VENDOR_NAMES, Vendor

if TYPE_CHECKING:
    from talent_mcp.approvals.undoing import Undoing

TASK_TIMES = TaskTimes()
LOOK_SECONDS = 3.0
"""How often the log is looked into for what other processes bring, while somebody is subscribed to it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """The parts that a process is made of."""

    settings: Settings
    store: Store
    reader: Reader
    desk: Desk
    asking: Asking
    wishes: Wishes
    shelf: FileShelf
    eraser: Eraser
    resolver: Resolver
    keys: Keys
    credentials: Credentials
    budgets: Budgets
    gateway: Gateway
    audit: AuditLog
    gate: Gate
    tasks: TaskRunner
    subscriptions: Subscriptions
    background: anyio.abc.TaskGroup

    def server(self, transport: str) -> TalentServer:
        """The MCP server for one transport (a word for the audit log)."""
        return TalentServer(
            load_tools,
            self.gate,
            self.resources(),
            self.subscriptions,
            transport=transport,
            asking=self.asking,
            extensions=[self.extension(transport)],
        )

    def resources(self) -> Resources:
        return Resources(self.settings, self.store, self.reader, self.credentials, self.gate, self.budgets, self.audit)

    def undoing(self) -> "Undoing":
        """The way back from calls."""
        # No part of start-up: it is the command line's.
        from talent_mcp.approvals.undoing import Undoing

        return Undoing(load_tools().values(), self.store, self.reader, self.wishes)

    def extension(self, transport: str, *, required: Collection[str] = ()) -> Tasks:
        """Tasks for the server of one transport; from now on this process also ends what others left behind."""
        self.tasks.start()
        self.resolver.start(self.background)
        return Tasks(self.tasks, transport=transport, call_seconds=self.settings.call_seconds, required=required)


def private_places(settings: Settings) -> list[Path]:
    """What no tool may send, wherever the allowed folders lie: the log, its keys, and files that hold a key or may
    hold a password."""
    configured = (settings.vendor(vendor).credential for vendor in VENDOR_NAMES)
    references = [parse_reference(text) for text in configured if text is not None]
    if settings.master_key is not None:
        references.append(parse_master_reference(settings.master_key))
    files = [Path(reference.place) for reference in references if reference.scheme == "file"]
    return [settings.home, *files, *(file for file in (settings.passphrase_file, settings.source) if file)]


@asynccontextmanager
async def open_house(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    transport: httpx2.AsyncBaseTransport | None = None,
    keyring: KeyringStore | None = None,
    ask_passphrase: AskPassphrase | None = None,
    store: Store | None = None,
    task_times: TaskTimes = TASK_TIMES,
    look_seconds: float = LOOK_SECONDS,
    age_clock: Callable[[], float] = time.monotonic,
    clock: Callable[[], float] = time.time,
    open_page: OpenPage | None = None,
    options: str = "",
) -> AsyncGenerator[House]:
    """The parts, wired; closed again at the end.

    `transport` replaces the network, `keyring` the machine's own, `ask_passphrase` a file with the passphrase,
    `store` the file in the home folder, `task_times` how long things may take around tasks, `look_seconds` how often
    is looked for subscribers, `age_clock` (monotonic) how old what is remembered is, `clock` the machine's own (Unix
    seconds). `open_page` shows an address to the person at this computer; None is nobody. `options` are those that
    commands need to find this house.
    """
    store = store or audit_store(settings)
    async with open_keys(
        settings,
        environment,
        keyring=keyring,
        ask_passphrase=ask_passphrase,
        age_clock=age_clock,
        belongs=store.require_keys if isinstance(store, SqliteStore) else None,
    ) as keys:
        credentials = known_credentials(settings, keys, age_clock=age_clock)
        async with house_with(
            settings, keys, credentials, store, transport, task_times, look_seconds, clock, open_page, options
        ) as house:
            yield house


@asynccontextmanager
async def house_with(
    settings: Settings,
    keys: Keys,
    credentials: Credentials,
    store: Store,
    transport: httpx2.AsyncBaseTransport | None,
    task_times: TaskTimes,
    look_seconds: float,
    clock: Callable[[], float],
    open_page: OpenPage | None,
    options: str,
) -> AsyncGenerator[House]:

    async def past_attempts(vendor: Vendor, since: float) -> list[float]:
        return await store.attempt_times(LOCAL_TENANT, vendor, since=since)

    shelf = FileShelf(settings.files_path, keys.data_keys, kept_days=settings.keep_files_days, clock=clock)
    gateway = Gateway(
        settings,
        credentials,
        OpenFiles(AllowedFiles(settings.file_folders, never=private_places(settings)), shelf).of,
        past_attempts,
        transport,
        clock,
    )
    subjects = Subjects(keys.store, keys.data_keys, clock)
    payloads = Payloads(subjects, keys.data_keys)
    reader = Reader(payloads, subjects)
    desk = Desk(store, reader, payloads, clock, options=options)
    tasks = SealedTasks(store.tasks, keys.data_keys)
    async with (
        closed_at_the_end(gateway, store),
        usable(settings, store, keys.store),
        background_work() as background,
        approval_pages(settings, desk, background, open_page, clock) as offer,
    ):
        subscriptions = Subscriptions(store, background, look_seconds=look_seconds)
        audit = AuditLog(store, keys.data_keys, payloads, ended=subscriptions.call_ended, clock=clock)
        wishes = Wishes(store, reader, repeat_seconds=settings.repeat_seconds, clock=clock)
        policy = Policy(settings.approval, settings.field_approval)
        if settings.field_approval:
            policy.require_known(load_tools().values())
        budgets = Budgets(settings, store, clock)
        readings = Readings(store, reader, audit.recent, load_tools)
        gate = Gate(
            load_tools,
            audit,
            gateway.clients,
            policy=policy,
            writes=Writes(audit, desk, policy, wishes, Origins(readings, clock)),
            budgets=budgets,
            spends=Spends(audit, desk, wishes, budgets, above=settings.ask_above),
            answers=KeptAnswers(store, reader, subjects, kept_seconds(settings), clock, place=other_place(settings)),
            call_seconds=settings.call_seconds,
        )
        yield House(
            settings=settings,
            store=store,
            keys=keys,
            reader=reader,
            desk=desk,
            wishes=wishes,
            asking=Asking(desk=desk, call_seconds=settings.call_seconds, task=task_client, offer=offer, clock=clock),
            shelf=shelf,
            eraser=Eraser(store, tasks, subjects, payloads, shelf),
            resolver=Resolver(store, clock),
            credentials=credentials,
            budgets=budgets,
            gateway=gateway,
            audit=audit,
            gate=gate,
            tasks=TaskRunner(tasks, gate, background, task_times, clock),
            subscriptions=subscriptions,
            background=background,
        )


@asynccontextmanager
async def approval_pages(
    settings: Settings,
    desk: Desk,
    background: anyio.abc.TaskGroup,
    open_page: OpenPage | None,
    clock: Callable[[], float],
) -> AsyncGenerator[Offer]:
    """What brings a plan before the person at this computer; at the end nothing listens any more."""
    if open_page is None or settings.approval_page == "off":
        yield nowhere
        return
    pages = ApprovalPages(desk, background, port=settings.approval_page_port, open_page=open_page, clock=clock)
    try:
        yield pages.offer
    finally:
        await pages.aclose()


def other_place(settings: Settings) -> str | None:
    """Where Ocean.io is asked, if not at its own address."""
    return None if settings.ocean.url == VENDOR_URLS["ocean"] else settings.ocean.url


def kept_seconds(settings: Settings) -> Mapping[str, float]:
    """For how long the answers of each tool serve again."""
    return {
        "search_people": settings.keep_searches_seconds,
        "enrich_person": settings.keep_enrichments_days * DAY,
    }


@asynccontextmanager
async def closed_at_the_end(gateway: Gateway, store: Store) -> AsyncGenerator[None]:
    """Whatever happens, the connections are closed, and then the log."""
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            try:
                await gateway.aclose()
            finally:
                await store.close()
