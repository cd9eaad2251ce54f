"""Vendor text, made safe to show to a model: data in named fields, nothing hidden in it, nothing endless."""

import re

from pydantic import JsonValue

LIMIT = 4_000
"""The most characters a string may have, its marker included."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# One selector after a symbol chooses between text and emoji; any other could only carry hidden data.
_VARIATION = re.compile("(?<![#*0-9\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff])[\ufe0e\ufe0f]+")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[a-z][^\s<>/@]*(?:[\s/][^<>]*)?>|<[!?][^<>]*>", re.IGNORECASE)
# Letters, digits, marks and punctuation of living scripts, which no rule here touches: nearly all text there is.
_PLAIN = re.compile("[\t\n !-;=-~\u00a1-\u00ac\u00ae-\u034e\u0350-\u061b\u061d-\u115e\u3041-\u3163\u3165-\ud7ff]*")
# Each pass uncovers what was nested one deeper; no text that was not built to hide something needs many.
_PASSES = 8


def clean(value: JsonValue, *, verbatim: frozenset[str] = frozenset()) -> JsonValue:
    """Strip every string of what cannot be seen and of HTML, and cut it to `LIMIT` characters.

    A string under a key in `verbatim` (a cursor) has to work when it is sent back: it only loses control
    characters.
    """
    if isinstance(value, str):
        return _cut(_visible(value))
    if isinstance(value, list):
        return [clean(item, verbatim=verbatim) for item in value]
    if isinstance(value, dict):
        return _clean_object(value, verbatim)
    return value


def _clean_object(value: dict[str, JsonValue], verbatim: frozenset[str]) -> dict[str, JsonValue]:
    cleaned: dict[str, JsonValue] = {}
    for key, item in value.items():
        name = _cut(_visible(key))
        # A key that only looks like another one must not take its place.
        if name != key and name in value:
            continue
        if key in verbatim and isinstance(item, str):
            cleaned[name] = _CONTROL.sub("", item)
        else:
            cleaned[name] = clean(item, verbatim=verbatim)
    return cleaned


def _visible(text: str) -> str:
    """The text without HTML and invisible characters, also after they are gone."""
    if _PLAIN.fullmatch(text):
        return text
    for _ in range(_PASSES):
        stripped = _TAG.sub("", _COMMENT.sub("", _without_invisible(text)))
        if stripped == text:
            return text
        text = stripped
    return _without_invisible(text.replace("<", ""))


def _without_invisible(text: str) -> str:
    return _VARIATION.sub("", _INVISIBLE.sub("", _CONTROL.sub("", text)))


def _cut(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    # The width of the marker does not depend on how much room it leaves.
    cut = len(text) - LIMIT + len(_marker(len(text)))
    marker = _marker(cut)
    return text[: len(text) - cut] + marker


def _marker(cut: int) -> str:
    return f" [{cut} more characters cut]"
