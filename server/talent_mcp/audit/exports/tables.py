"""An export as a table (RFC 4180) for people with a spreadsheet, which takes no cell of it for a formula.

It is for reading, so that nothing is hidden in it; an export as JSON lines is evidence, and has every byte.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Mapping

from pydantic import JsonValue

from talent_mcp.audit.entries import as_json
from talent_mcp.audit.exports.source import Exported, Source
from talent_tools.text import clean

COLUMNS = (
    "time",
    "type",
    "call",
    "principal",
    "transport",
    "client",
    "tool",
    "vendor",
    "decision",
    "outcome",
    "reason",
    "error",
    "credits",
    "host",
    "method",
    "path",
    "status",
    "ms",
    "credential",
    "subjects",
)
"""Fields of envelopes that have a column of their own; all others stand in the last one, as JSON."""
FORMULA = re.compile(r'(^|[,;|\t\r\n"])(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])')
"""Where a spreadsheet may see the beginning of a formula, also one that takes another character for a comma."""


async def table(source: Source) -> AsyncIterator[bytes]:
    """The rows of an export, the headings first; `payload` is one of them where personal data are exported.

    Raises:
        NotWhole: an entry is missing, or is not the one that was written.
        StoreUnavailable: the log or its keys cannot be read.
    """
    opened = source.reader is not None
    yield row(["cursor", *COLUMNS, "other", *(["payload"] if opened else [])])
    async for entry in source.entries():
        yield row([*cells(entry), *([in_one_cell(clean(entry.payload))] if opened else [])])


def cells(entry: Exported) -> list[str]:
    said: Mapping[str, JsonValue] = entry.said
    other: JsonValue = {name: value for name, value in said.items() if name not in COLUMNS}
    return [str(entry.cursor), *(in_one_cell(said.get(column)) for column in COLUMNS), in_one_cell(other)]


def in_one_cell(value: JsonValue) -> str:
    """Text as it is, nothing for null, and JSON for everything else."""
    if value is None:
        return ""
    return value if isinstance(value, str) else as_json(value).decode()


def row(texts: list[str]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerow(map(harmless, texts))
    return written.getvalue().encode(errors="replace")


def harmless(text: str) -> str:
    """The text with an apostrophe before whatever could be a formula: a spreadsheet then shows it."""
    return FORMULA.sub(r"\1\2'", text.replace("\0", "")) if text else text
