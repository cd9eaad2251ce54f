"""Vendor text, made safe to show to a model: data in named fields, nothing hidden in it, nothing endless."""

import re
import unicodedata

from pydantic import JsonValue

LIMIT = 4_000
"""The most characters a string may have, its marker included."""
MOST_ITEMS = 1_000
"""The most items a list may have, likewise."""
LONGEST_VERBATIM = 4_096

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_SHOWN_ALL_THE_SAME = frozenset("\n\t\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f")
# What is drawn as nothing, or as a blank, although its category is one of letters, marks or symbols.
_HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0"
    "\U00013430-\U00013440\U00016fe4\U0001d159\U000e0000-\U000e0fff]"
)
# One selector after a symbol chooses between text and emoji; any other could only carry hidden data.
_VARIATION = re.compile("(?<![#*0-9\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff])[\ufe0e\ufe0f]+")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[a-z][^\s<>/@]*(?:[\s/][^<>]*)?>|<[!?][^<>]*>", re.IGNORECASE)
# A browser takes this for the beginning of a tag, whatever follows; an address alone in its brackets is none.
_OPENING = re.compile(r"(?<!<)<++(?=[a-z/!?])(?![\w.+%-]+@[\w.-]+>)", re.IGNORECASE | re.ASCII)
# Letters, digits, marks and punctuation of living scripts, which no rule here touches: nearly all text there is.
_PLAIN = re.compile(
    "[\t\n !-;=-~\u00a0-\u00ac\u00ae-\u034e\u0350-\u0377\u0384-\u038a\u038e-\u03a1\u03a3-\u052f"
    "\u05d0-\u05ea\u0620-\u06dc\u0900-\u0963\u0e01-\u0e3a\u0e3f-\u0e5b\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u3001-\u303f"
    "\u3041-\u3096\u3099-\u30ff\u3131-\u3163\u3165-\u318e\u4e00-\u9ffc\uac00-\ud7a3]*"
)
# Each pass uncovers what was nested one deeper; no text that was not built to hide something needs many.
_PASSES = 8


def clean(value: JsonValue, *, verbatim: frozenset[str] = frozenset()) -> JsonValue:
    """Strip every string of what cannot be seen and of HTML, cut it to `LIMIT` characters and lists to `MOST_ITEMS`.

    A string under a key in `verbatim` (a cursor) of `value` itself has to work when it is sent back: it is left
    alone, if it is printable ASCII of at most `LONGEST_VERBATIM` characters.
    """
    if isinstance(value, str):
        return _cut(_visible(value))
    if isinstance(value, list):
        return _clean_list(value)
    if isinstance(value, dict):
        return _clean_object(value, verbatim)
    return value


def _clean_list(value: list[JsonValue]) -> list[JsonValue]:
    if len(value) <= MOST_ITEMS:
        return [clean(item) for item in value]
    if not all(isinstance(item, str) for item in value):
        return [clean(item) for item in value[:MOST_ITEMS]]
    # The last place is that of the item that says so.
    kept = MOST_ITEMS - 1
    return [*map(clean, value[:kept]), f"[{len(value) - kept} more items cut]"]


def _clean_object(value: dict[str, JsonValue], verbatim: frozenset[str]) -> dict[str, JsonValue]:
    # A key with something hidden in it can only mean to look like another one: it goes, with what it holds.
    return {
        key: item if key in verbatim and _works_verbatim(item) else clean(item)
        for key, item in value.items()
        if _cut(_visible(key)) == key
    }


def readings(text: str) -> set[str]:
    """A whole text as it was written, as it reads with entities for what they stand for, and each of these without what
    cannot be seen, and without HTML too: to search in."""
    if _PLAIN.fullmatch(text) and "&" not in text:
        return {text}
    # Two thousand names, loaded when somebody is looked for.
    from html import unescape

    written = {text, unescape(text)}
    return {form for one in written for form in (one, _without_invisible(one), _visible(one))}


def _works_verbatim(item: JsonValue) -> bool:
    return isinstance(item, str) and len(item) <= LONGEST_VERBATIM and item.isascii() and item.isprintable()


def _visible(text: str) -> str:
    """The text without HTML and invisible characters, also after they are gone."""
    if _PLAIN.fullmatch(text):
        return text
    for _ in range(_PASSES):
        stripped = _TAG.sub("", _COMMENT.sub("", _without_invisible(text)))
        if stripped == text:
            return _OPENING.sub("", text)
        text = stripped
    return _without_invisible(text.replace("<", ""))


def _without_invisible(text: str) -> str:
    hidden = {ord(character): None for character in set(text) if _is_hidden(character)}
    return _VARIATION.sub("", text.translate(hidden))


def _is_hidden(character: str) -> bool:
    if character in _SHOWN_ALL_THE_SAME:
        return False
    return unicodedata.category(character) in _HIDDEN_CATEGORIES or bool(_HIDDEN.match(character))


def _cut(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    # The width of the marker does not depend on how much room it leaves.
    cut = len(text) - LIMIT + len(_marker(len(text)))
    marker = _marker(cut)
    # An address may have lost the bracket that made it one.
    return _OPENING.sub("", text[: len(text) - cut]) + marker


def _marker(cut: int) -> str:
    return f" [{cut} more characters cut]"
