"""Small builders of conditions; a filter that is absent or empty builds none."""

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Generic, TypeVar

Subject = TypeVar("Subject")
Condition = Callable[[Subject], bool]
Values = Collection[object]


class Rules(Generic[Subject]):
    """Conditions on the values that a subject has."""

    def any_shared(self, wanted: Values | None, of: Callable[[Subject], Values]) -> Iterator[Condition[Subject]]:
        if wanted:
            chosen = frozenset(wanted)
            yield lambda subject: not chosen.isdisjoint(of(subject))

    def all_shared(self, wanted: Values | None, of: Callable[[Subject], Values]) -> Iterator[Condition[Subject]]:
        if wanted:
            chosen = frozenset(wanted)
            yield lambda subject: chosen.issubset(of(subject))

    def none_shared(self, unwanted: Values | None, of: Callable[[Subject], Values]) -> Iterator[Condition[Subject]]:
        if unwanted:
            chosen = frozenset(unwanted)
            yield lambda subject: chosen.isdisjoint(of(subject))


def month_before(now: float, months: int) -> str:
    """The calendar month so many months before a moment, as YYYY-MM."""
    moment = datetime.fromtimestamp(now, UTC)
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return f"{year:04d}-{month + 1:02d}"
