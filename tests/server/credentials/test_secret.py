"""A secret is let out by `reveal` alone, whatever is done to it or to what holds it."""

import copy
import dataclasses
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from pydantic_core import PydanticSerializationError, to_json

from talent_mcp.credentials.secret import Secret, SecretKey

VALUE = "canary-51f0c2"
AnySecret = Secret | SecretKey
MAKE: dict[str, Callable[[], AnySecret]] = {
    "Secret": lambda: Secret(VALUE),
    "SecretKey": lambda: SecretKey(VALUE.encode()),
}

every_kind = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)


@dataclasses.dataclass
class Holder:
    secret: AnySecret


SHOWN: dict[str, Callable[[AnySecret], str]] = {
    "str": str,
    "repr": repr,
    "ascii": ascii,
    "format": format,
    "f-string": lambda secret: f"{secret} {secret!r} {secret!s:>40} {secret:x}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031  # a way that somebody may log it
    "str.format": lambda secret: "{} {0.__class__}".replace("{}", "{0}").format(secret),
    "list": lambda secret: repr([secret]),
    "dict": lambda secret: repr({"key": secret}),
    "tuple": lambda secret: repr((secret,)),
    "dataclass": lambda secret: repr(Holder(secret)),
    "vars of a holder": lambda secret: repr(vars(Holder(secret))),
    "pprint": lambda secret: pprint.pformat([Holder(secret)]),
    "dir": lambda secret: repr(dir(secret)),
    "exception": lambda secret: repr(ValueError(secret)) + str(ValueError(secret)),
}
REFUSED: dict[str, Callable[[AnySecret], object]] = {
    "pickle": pickle.dumps,
    "pickle of a holder": lambda secret: pickle.dumps(Holder(secret)),
    "copy": copy.copy,
    "deep copy": copy.deepcopy,
    "deep copy of a list": lambda secret: copy.deepcopy([secret]),
    "asdict": lambda secret: dataclasses.asdict(Holder(secret)),
    "astuple": lambda secret: dataclasses.astuple(Holder(secret)),
    "state": lambda secret: secret.__getstate__(),
    "reduce": lambda secret: secret.__reduce__(),
    "reduce_ex": lambda secret: secret.__reduce_ex__(2),
    "vars": vars,
    "json": json.dumps,
    "json of a holder": lambda secret: json.dumps({"key": secret}),
    "equal to itself": lambda secret: secret == Secret(VALUE),
    "equal to its value": lambda secret: secret == VALUE,
    "the other way round": lambda secret: secret == VALUE,
    "unequal": lambda secret: secret != VALUE,
    "in a list": lambda secret: secret in ["a", "b"],
    "hash": hash,
    "in a set": lambda secret: {secret},
    "as a key": lambda secret: {secret: 1},
    "less": lambda secret: secret < VALUE,  # type: ignore[operator]  # that it fails is the point
    "length": len,  # type: ignore[dict-item]  # likewise
    "iteration": list,  # type: ignore[dict-item]  # likewise
    "joining": lambda secret: "".join([secret]),  # type: ignore[list-item]  # likewise
    "a new attribute": lambda secret: setattr(secret, "copy", VALUE),
}


def test_reveal_gives_the_value() -> None:
    assert Secret(VALUE).reveal() == VALUE
    assert SecretKey(b"\x00\xff").reveal() == b"\x00\xff"


@every_kind
@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_a_secret_does_not_show_itself(show: Callable[[AnySecret], str], make: Callable[[], AnySecret]) -> None:
    shown = show(make())
    assert VALUE not in shown
    assert shown


@every_kind
@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED)
def test_a_secret_is_not_carried_off(attempt: Callable[[AnySecret], object], make: Callable[[], AnySecret]) -> None:
    with pytest.raises((TypeError, AttributeError)) as refusal:
        attempt(make())
    assert VALUE not in str(refusal.value)


@every_kind
def test_a_secret_is_not_serialised_by_pydantic(make: Callable[[], AnySecret]) -> None:
    with pytest.raises(PydanticSerializationError) as refusal:
        to_json({"key": make()})
    assert VALUE not in str(refusal.value)
    assert VALUE.encode() not in to_json({"key": make()}, serialize_unknown=True)


@every_kind
def test_a_traceback_with_local_variables_does_not_show_it(make: Callable[[], AnySecret]) -> None:
    def fail(secret: AnySecret, holder: Holder) -> None:
        kept = [secret, holder]
        raise RuntimeError(len(kept))

    secret = make()
    with pytest.raises(RuntimeError) as failure:
        fail(secret, Holder(secret))
    whole = "".join(traceback.TracebackException.from_exception(failure.value, capture_locals=True).format())
    assert f"{type(secret).__name__}(...)" in whole
    assert VALUE not in whole


@every_kind
def test_logging_does_not_show_it(caplog: pytest.LogCaptureFixture, make: Callable[[], AnySecret]) -> None:
    arguments: tuple[Any, ...] = (make(), {"key": make()}, Holder(make()))
    logging.getLogger("canary").error("%s %r %s", *arguments, extra={"secret": arguments[0]})
    assert f"{type(arguments[0]).__name__}(...)" in caplog.text
    assert VALUE not in caplog.text
    assert VALUE not in repr([vars(record) for record in caplog.records])
