"""The table of what was run, for people: docs/clients.md."""

from collections.abc import Sequence

from .catalog import CLIENTS, NAMES, ROOT, TRANSPORTS, TestedClient, Transport
from .rounds import Outcome

DOCUMENT = ROOT / "docs" / "clients.md"

HEAD = """# Clients

Software that we did not write, against `talent-mcp serve` with the sandbox as vendors. Each client, on each transport
and in each protocol it speaks there: listed the tools; called all four, whose results were checked against the tools'
output schemas with jsonschema, and their text against their structure where the client shows both; read
`talent://status`; got the prompt `refresh_stardex_person`. A number is the protocol that was negotiated.

`make clients` runs it all again and writes this page; versions are pinned in tests/clients.

| Client | Version | stdio | SSE | streamable HTTP | tools, 4 calls, resource, prompt | Remark |
|---|---|---|---|---|---|---|
"""


def report(outcomes: Sequence[Outcome]) -> str:
    rows = [row(client, [outcome for outcome in outcomes if outcome.round.client is client]) for client in CLIENTS]
    good = sum(not outcome.wrong for outcome in outcomes)
    return f"{HEAD}{''.join(rows)}\n{good} of {len(outcomes)} connections gave what was asked of them.\n"


def row(client: TestedClient, outcomes: Sequence[Outcome]) -> str:
    versions = {outcome.seen.version for outcome in outcomes if outcome.seen is not None}
    protocols = [cell(transport, outcomes) for transport in TRANSPORTS]
    failed = [outcome for outcome in outcomes if outcome.wrong]
    result = f"{len(failed)} of {len(outcomes)} failed" if failed else f"all, {len(outcomes)} of {len(outcomes)} times"
    cells = [client.name, ", ".join(sorted(versions)) or "?", *protocols, result, client.remark]
    return f"| {' | '.join(cells)} |\n"


def cell(transport: Transport, outcomes: Sequence[Outcome]) -> str:
    here = [outcome for outcome in outcomes if outcome.round.transport == transport]
    return "<br>".join(protocol(outcome) for outcome in here) or "cannot"


def protocol(outcome: Outcome) -> str:
    if outcome.seen is None:
        return f"{outcome.round.era}: failed"
    return f"{outcome.seen.protocol}{' (failed)' if outcome.wrong else ''}"


def failures(outcomes: Sequence[Outcome]) -> str:
    """What went wrong, for whoever runs it."""
    lines = [
        f"{outcome.round.label} ({NAMES[outcome.round.transport]}): {'; '.join(outcome.wrong)}"
        for outcome in outcomes
        if outcome.wrong
    ]
    return "\n".join(lines)
