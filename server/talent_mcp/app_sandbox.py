"""The composition root on the embedded vendors, which answer in this process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2

from talent_mcp.app import LOOK_SECONDS, TASK_TIMES, House, open_house
from talent_mcp.sandbox import Sandbox, SandboxOptions
from talent_mcp.settings import Settings
from talent_mcp.tasks.times import TaskTimes
from talent_mcp.web.browser import OpenPage
from talent_tools.vendor import VENDOR_NAMES

SANDBOX_ORIGIN = "http://127.0.0.1"
"""Where requests to the embedded vendors are addressed; nothing listens there."""


@asynccontextmanager
async def open_sandbox_house(
    settings: Settings,
    options: SandboxOptions | None = None,
    *,
    task_times: TaskTimes = TASK_TIMES,
    look_seconds: float = LOOK_SECONDS,
    open_page: OpenPage | None = None,
) -> AsyncGenerator[tuple[House, Sandbox]]:
    """The parts on the embedded vendors, with an audit log of their own below the home folder."""
    options = options or SandboxOptions()
    sandbox = Sandbox(options)
    environment = {
        "OCEAN_API_TOKEN": options.ocean_token,
        "STARDEX_API_KEY": options.stardex_key,
        "JARVI_API_KEY": options.jarvi_key,
    }
    transport = httpx2.ASGITransport(app=sandbox.app)
    on_stand_ins = on_sandbox(settings, SANDBOX_ORIGIN)
    async with open_house(
        on_stand_ins,
        environment,
        transport=transport,
        task_times=task_times,
        look_seconds=look_seconds,
        open_page=open_page,
        options="--sandbox",
    ) as house:
        yield house, sandbox


def on_sandbox(settings: Settings, origin: str) -> Settings:
    """The same settings with the sandbox at this origin for every vendor, and a home and a master key of its own."""
    changed: dict[str, object] = {"home": settings.home / "sandbox", "master_key": None, "passphrase_file": None}
    changed |= {"database_url": None, "keys_database_url": None}
    changed |= {
        vendor: settings.vendor(vendor).model_copy(update={"url": f"{origin}/{vendor}", "credential": None})
        for vendor in VENDOR_NAMES
    }
    return settings.model_copy(update=changed)
