"""The page as HTML: whom a change is about, each field before and after, and two forms. Pure, and without scripts.

Every text is made visible first and escaped then: nothing in a record can hide, or be a part of the page.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files

from pydantic import JsonValue

from talent_mcp.approvals.desk import MOST_REASON, ShownPlan
from talent_mcp.approvals.wording import NOT_SHOWN, NOTHING, headline, labels, pieces, quoted, spends, visible

FORM_FIELD = "form"


@cache
def style() -> str:
    """The one style sheet, which is part of each page."""
    return files("talent_mcp.web").joinpath("page.css").read_text(encoding="utf-8")


@cache
def headers() -> Mapping[str, str]:
    """What every answer says: nothing is loaded, framed, kept, or told to anybody else.

    A browser that may send no referrer at all would also withhold the Origin of the form, which is checked.
    """
    styles = b64encode(sha256(style().encode()).digest()).decode()
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{styles}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Robots-Tag": "noindex",
    }


def plan_page(plan: ShownPlan, form: str, *, minutes: int) -> str:
    """A plan, with what is needed to decide on it."""
    words = SPENDING if spends(plan) else CHANGING
    client = f", through {quoted(plan.client)}" if plan.client else ""
    hidden = f'<input type="hidden" name="{FORM_FIELD}" value="{escape(form)}">'
    parts = [
        f'<p class="dim">talent-mcp: {words.wants}</p>',
        f"<h1>{words.verb}{escape(headline(plan))}</h1>",
        f'<p class="dim">Asked by {escape(visible(plan.principal) + client)}. This page works for '
        f"{minutes} minute{'' if minutes == 1 else 's'}, once.</p>",
        noted(plan.notes),
        table(plan.changes),
        f'<form method="post" autocomplete="off">{hidden}'
        '<button class="yes" name="decision" value="approve">'
        f"{words.yes}</button></form>",
        # A form of its own: Enter in the field for the reason must not be a yes.
        f'<form method="post" autocomplete="off">{hidden}'
        '<label for="reason">Why not? The agent is told. You may leave this empty.</label>'
        f'<textarea id="reason" name="reason" rows="2" maxlength="{MOST_REASON}"></textarea>'
        '<button class="no" name="decision" value="refuse">Refuse</button></form>',
    ]
    return document("A change waits for you", "".join(parts))


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What the page calls what is to be decided."""

    wants: str
    verb: str
    yes: str


CHANGING = Words(wants="an agent wants to change a record", verb="", yes="Approve this change")
SPENDING = Words(wants="an agent wants to spend credits", verb="Spend ", yes="Let it spend this")


def message_page(title: str, text: str) -> str:
    """A page that says one thing."""
    return document(title, f'<p class="dim">talent-mcp</p><h1>{escape(title)}</h1><p>{escape(text)}</p>')


def noted(notes: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(visible(note))}</li>" for note in notes)
    return f'<ul class="notes">{items}</ul>' if items else ""


def table(changes: Sequence[dict[str, JsonValue]]) -> str:
    head = "<thead><tr><th>Field</th><th>Before</th><th>After</th></tr></thead>"
    return f"<table>{head}<tbody>{''.join(map(row, labels(changes), changes))}</tbody></table>" if changes else ""


def row(name: str, change: dict[str, JsonValue]) -> str:
    """One field: what goes on the left, what comes on the right."""
    found = pieces(change)
    old = "".join(marked(*piece) for piece in found if piece[0] in ("before", "removes"))
    new = "".join(marked(*piece) for piece in found if piece[0] not in ("before", "removes"))
    left, right = ("Before", "After") if found[0][0] == "before" else ("Removed", "Added")
    cells = f'<td data-label="{left}">{old}</td><td data-label="{right}">{new}</td>'
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'


def marked(kind: str, words: str) -> str:
    """A value as what it is: one that goes, one that comes, one that is replaced, or none."""
    if words in (NOTHING, NOT_SHOWN):
        return f'<span class="dim">{escape(words)}</span>'
    if kind == "before":
        return f'<span class="old">{escape(words)}</span>'
    return f"<del>{escape(words)}</del>" if kind == "removes" else f"<ins>{escape(words)}</ins>"


def document(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style()}</style></head><body><main>{body}</main></body></html>"
    )
