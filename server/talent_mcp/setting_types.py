"""What single settings may be: folders, host names, where the master key lies, credits."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from talent_mcp.keys.master_references import parse_master_reference
from talent_mcp.store.postgres.url import database_place

MOST_CREDITS = 1_000_000_000
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.ASCII)


class Model(BaseModel):
    # Not built one by one: the whole is built of them, once.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)


def filled(value: object) -> object:
    """An empty path would be the folder that the server happens to be started in."""
    if isinstance(value, str) and (not value.strip() or "\0" in value):
        raise ValueError("must name a folder or a file")
    return value


def absolute(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        raise ValueError("begins with ~ and a user who has no home folder") from None


def host_name(text: str) -> str:
    if not HOST.fullmatch(text.lower()):
        raise ValueError("must be host names such as api.example.com, without https:// or a port")
    return text.lower()


def master_reference(text: str) -> str:
    return str(parse_master_reference(text))


def database_url(url: SecretStr) -> SecretStr:
    database_place(url.get_secret_value())
    return url


Folder = Annotated[Path, BeforeValidator(filled), AfterValidator(absolute)]
File = Annotated[Path, BeforeValidator(filled), AfterValidator(absolute)]
HostName = Annotated[str, AfterValidator(host_name)]
MasterReference = Annotated[str, AfterValidator(master_reference)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(database_url)]
Credits = Annotated[Decimal, Field(ge=0, le=MOST_CREDITS, decimal_places=2)]
