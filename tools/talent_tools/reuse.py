"""Answers that were paid for once, and serve later calls for nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema

from talent_tools.ocean.values import OceanArguments
from talent_tools.people import Subject
from talent_tools.values import Text

A = TypeVar("A", bound="PaidArguments")
R = TypeVar("R", bound=BaseModel)


class PaidArguments(OceanArguments):
    """What every tool takes whose results cost credits: whether to pay for a new answer where one is kept.

    `plan_id` is what an agent may add that knows it from writes. It is not needed, so that no schema tells of it: a yes
    is for the same call.
    """

    refresh: bool | None = None
    plan_id: SkipJsonSchema[Text | None] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reuse(Generic[A, R]):
    """How the results of a tool may serve again, all of them pure.

    The same arguments always find an answer again; where `person_at` says where in a full result (as JSON values) the
    person is, whoever asks for that person does too, by one of the `identifiers` that the answer itself gives.
    What is paid for beside the person comes in `parts`: those that arguments ask for, and those that a full result
    `holds`; an answer serves whoever asks for no more than it holds. `is_shared` says whether a full result serves the
    same call that is made at the same time, `keeps` whether it serves later ones too. `free` makes of it the result of
    a call that cost nothing, with a word about where it is from.
    """

    person_at: tuple[str | int, ...] | None = None
    identifiers: Callable[[dict[str, Any]], Subject] = lambda _: ()
    is_shared: Callable[[dict[str, Any]], bool] = lambda _: True
    keeps: Callable[[dict[str, Any]], bool]
    parts: Callable[[A], frozenset[str]] = lambda _: frozenset()
    holds: Callable[[dict[str, Any]], frozenset[str]] = lambda _: frozenset()
    free: Callable[[R, str], R]
