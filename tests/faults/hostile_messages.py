"""Malformed and hostile protocol messages: generated, seeded, each a line of bytes."""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

METHODS = [
    "tools/call",
    "tools/list",
    "prompts/get",
    "resources/read",
    "initialize",
    "server/discover",
    "ping",
    "completion/complete",
    "notifications/cancelled",
    "nothing/known",
    "",
]
TOOLS = [
    "search_people",
    "enrich_person",
    "update_stardex_person",
    "upsert_jarvi_profile",
    "check_ocean",
    "",
    "é" * 500,
]
CANARY = "canary-9be1"
"""Stands in the values of many messages, and may stand in no answer that is an error and in no log."""


def atoms(random: Random) -> Any:
    """A value that fits nowhere in particular."""
    choices: list[Any] = [
        None,
        True,
        -1,
        10**30,
        1e308,
        "",
        CANARY,
        f"{CANARY}\u202e\u200b\U000e0041<script>",
        "\u0000",
        [],
        {},
        [[[[]]]],
        {"__proto__": CANARY},
        "x" * random.choice([10, 1_000, 100_000]),
    ]
    return random.choice(choices)


def request(random: Random, **changes: Any) -> dict[str, Any]:
    """A request that is almost right."""
    message: dict[str, Any] = {
        "jsonrpc": "2.0",
        "id": random.randrange(1, 50),
        "method": random.choice(METHODS),
        "params": {
            "name": random.choice(TOOLS),
            "arguments": {random.choice(["people", "limit", CANARY]): atoms(random)},
        },
    }
    return {**message, **changes}


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def truncated(random: Random) -> bytes:
    line = encoded(request(random))
    return line[: random.randrange(len(line))]


def wrong_types(random: Random) -> bytes:
    field = random.choice(["jsonrpc", "id", "method", "params"])
    return encoded(request(random, **{field: atoms(random)}))


def deep(random: Random) -> bytes:
    depth = random.choice([50, 500, 5_000, 100_000])
    opening, closing = random.choice([(b"[", b"]"), (b'{"a":', b"}")])
    value = opening * depth + b"1" + closing * depth
    return (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search_people","arguments":' + value + b"}}"
    )


def numbers(random: Random) -> bytes:
    number = random.choice([b"1e999", b"-1e999", b"9" * 400, b"NaN", b"Infinity", b"0x10", b"1" + b"0" * 5_000])
    return (
        b'{"jsonrpc":"2.0","id":'
        + number
        + b',"method":"tools/call","params":{"name":"search_people","arguments":{"limit":'
        + number
        + b"}}}"
    )


def surrogates(random: Random) -> bytes:
    half = random.choice([b"\\ud800", b"\\udfff", b"\\udc00\\ud800"])
    return (
        b'{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"search_people","arguments":{"people":{"names":["'
        + half
        + b'"],"'
        + half
        + b'":1}}}}'
    )


def not_utf8(random: Random) -> bytes:
    return encoded(request(random))[:-3] + bytes(random.choice([b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80"])) + b'"}}}'


def wrong_era(random: Random) -> bytes:
    meta = {"io.modelcontextprotocol/protocolVersion": random.choice(["2026-07-28", "1999-01-01", 7, None, CANARY])}
    return encoded(request(random, params={"_meta": meta, "name": random.choice(TOOLS), "arguments": {}}))


def answers(random: Random) -> bytes:
    """Answers to questions that nobody asked."""
    body = random.choice(
        [{"result": atoms(random)}, {"error": {"code": 1, "message": CANARY}}, {"error": atoms(random)}]
    )
    return encoded({"jsonrpc": "2.0", "id": random.randrange(99), **body})


def batches(random: Random) -> bytes:
    return encoded([request(random) for _ in range(random.randrange(4))])


def noise(random: Random) -> bytes:
    return random.randbytes(random.randrange(200)).replace(b"\n", b" ").replace(b"\r", b" ")


def almost_right(random: Random) -> bytes:
    return encoded(request(random))


KINDS: list[Callable[[Random], bytes]] = [
    truncated,
    wrong_types,
    deep,
    numbers,
    surrogates,
    not_utf8,
    wrong_era,
    answers,
    batches,
    noise,
    almost_right,
]


def hostile_messages(seed: int, count: int) -> Iterator[bytes]:
    """So many messages, the same for the same seed; none holds a line break."""
    random = Random(seed)  # noqa: S311  # a seed makes them repeatable
    for number in range(count):
        yield KINDS[number % len(KINDS)](random)
