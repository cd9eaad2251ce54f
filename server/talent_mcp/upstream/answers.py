"""What the headers and the body of a vendor's answer say; pure."""

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from pydantic import JsonValue
from pydantic_core import from_json

from talent_mcp.upstream.limits import DAY, MINUTE

MAX_BODY_BYTES = 10_000_000
TOO_LARGE = f"is larger than {MAX_BODY_BYTES // 1_000_000} MB"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
KEPT_CHARACTERS = 1_000_000
"""How much of an answer that cannot be read is kept."""
LONGEST_NUMBER = 20
MAY_BE_INFINITE = re.compile(rb"[0-9][eE]\+?[0-9]{3}|[0-9]{300}")
"""No number is that large without an exponent of three digits, or three hundred digits of its own."""


@dataclass(frozen=True, slots=True)
class Received:
    """An answer; `flaw` says what is wrong with its body, of which `content` is then only the beginning."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    flaw: str | None = None


def read_body(answer: Received) -> JsonValue:
    """The JSON of an answer; of an error answer None, if it says nothing that can be read.

    Raises:
        ValueError: it is no error and cannot be read; the text says why.
    """
    if 200 <= answer.status < 300 and answer.flaw:
        raise ValueError(answer.flaw)
    if answer.status < 200 or 300 <= answer.status < 400:
        raise ValueError("is a redirect, which is not followed")
    try:
        return None if answer.flaw else json_body(answer.content)
    except ValueError:
        if answer.status >= 400:
            return None
        raise ValueError("is not JSON") from None


def raw_body(answer: Received) -> JsonValue:
    """What is kept of an answer that cannot be read."""
    text = kept(answer.content)
    return {"location": answer.headers["Location"], "body": text} if "Location" in answer.headers else text


def json_body(content: bytes) -> JsonValue:
    """The JSON of a body, None if it is empty.

    Raises:
        ValueError: it is not JSON: other text, NaN or infinity, half a surrogate pair, nested too deep.
    """
    text = content.removeprefix(BYTE_ORDER_MARK)
    if not text.strip():
        return None
    body: JsonValue = from_json(text, allow_inf_nan=False)
    if MAY_BE_INFINITE.search(text) and holds_infinity(body):
        raise ValueError("a number is out of range")
    return body


def holds_infinity(body: JsonValue) -> bool:
    """Whether a number was too large, as 1e999 is: what cannot be written back as JSON."""
    pending = [body]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, float) and not math.isfinite(value):
            return True
    return False


def kept(content: bytes) -> str:
    """The beginning of a body that cannot be read, with bytes that are no UTF-8 written out."""
    return content[:KEPT_CHARACTERS].decode(errors="backslashreplace")[:KEPT_CHARACTERS]


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """RFC 9110 section 10.2.3, in seconds and at most a day: a number or a date; None if it is neither."""
    text = headers.get("Retry-After", "").strip()
    seconds = number(text)
    if seconds is None:
        with suppress(ValueError, TypeError, OverflowError):
            date = parsedate_to_datetime(text)
            seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    return None if seconds is None else min(max(0.0, seconds), DAY)


def reset_in(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds until X-RateLimit-Reset (Unix seconds), at most its window; None while requests remain."""
    if number(headers.get("X-RateLimit-Remaining", "")) != 0:
        return None
    reset = number(headers.get("X-RateLimit-Reset", ""))
    return None if reset is None else min(max(0.0, reset - now), MINUTE)


def number(text: str) -> float | None:
    digits = text.strip()
    plain = digits.isascii() and digits.replace(".", "", 1).isdecimal()
    return float(digits[:LONGEST_NUMBER]) if plain else None
