"""A free request to each vendor that shows whether its key works: for status, doctor and login."""

from collections.abc import Awaitable, Callable, Mapping

from pydantic import JsonValue

from talent_tools.arguments import Arguments
from talent_tools.clients import Clients
from talent_tools.result import Result
from talent_tools.spec import ReadTool
from talent_tools.vendor import VENDOR_NAMES, Vendor


class NoArguments(Arguments):
    """A check takes none."""


class CheckResult(Result):
    """The key works; `left` is what Ocean.io says of the credits and requests that are left."""

    left: Mapping[str, JsonValue] | None = None


async def check_ocean(_: NoArguments, clients: Clients) -> CheckResult:
    balance = await clients.ocean.credits()
    return CheckResult(left=balance.model_dump(mode="json", exclude_none=True))


async def check_stardex(_: NoArguments, clients: Clients) -> CheckResult:
    await clients.stardex.custom_fields()
    return CheckResult()


async def check_jarvi(_: NoArguments, clients: Clients) -> CheckResult:
    await clients.jarvi.custom_fields()
    return CheckResult()


HANDLERS: Mapping[Vendor, Callable[[NoArguments, Clients], Awaitable[CheckResult]]] = {
    "ocean": check_ocean,
    "stardex": check_stardex,
    "jarvi": check_jarvi,
}


CHECKS: Mapping[Vendor, ReadTool[NoArguments, CheckResult]] = {
    vendor: ReadTool(
        name=f"check_{vendor}",
        title=f"Check {name}",
        description=f"Ask {name} whether the key works; free.",
        vendor=vendor,
        arguments=NoArguments,
        result=CheckResult,
        handler=HANDLERS[vendor],
        idempotent=True,
        open_world=True,
        billable=False,
        people=lambda _: (),
        found=lambda _, __: (),
    )
    for vendor, name in VENDOR_NAMES.items()
}
