"""People filters as conditions on an entry."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from talent_mcp.sandbox.data.spelling import fold

from .conditions import Condition, Rules, month_before
from .entries import Entry, spelled_out
from .requests import PeopleFilters
from .shapes import City, Clause, Whole

PersonCondition = Condition[Entry]
RULES = Rules[Entry]()


class Basis(NamedTuple):
    """What conditions depend on besides the filters."""

    title_threshold: float
    now: float


def person_conditions(filters: PeopleFilters, basis: Basis) -> list[PersonCondition]:
    """Everything a person must satisfy; look-alike handles are a ranking of their own."""
    return [
        *_lists(filters),
        *_places(filters),
        *_roles(filters, basis.title_threshold),
        *_texts(filters),
        *_ranges(filters),
        *_dates(filters, basis.now),
        *_presence(filters),
    ]


def _lists(filters: PeopleFilters) -> Iterator[PersonCondition]:
    yield from RULES.any_shared(filters.include_linkedin_handles, _handle)
    yield from RULES.none_shared(filters.exclude_linkedin_handles, _handle)
    yield from RULES.any_shared(filters.include_people_ids, lambda entry: (entry.person.id,))
    yield from RULES.none_shared(filters.exclude_people_ids, lambda entry: (entry.person.id,))
    if filters.names:
        names = [fold(name) for name in filters.names]
        yield lambda entry: any(name in entry.name for name in names)


def _handle(entry: Entry) -> tuple[str | None, ...]:
    return (entry.person.handle,)


def _places(filters: PeopleFilters) -> Iterator[PersonCondition]:
    yield from RULES.any_shared(filters.countries, lambda entry: (entry.person.country,))
    yield from RULES.none_shared(filters.exclude_countries, lambda entry: (entry.person.country,))
    yield from RULES.any_shared([region.key for region in filters.states or ()], _state)
    yield from RULES.none_shared([region.key for region in filters.exclude_states or ()], _state)
    if filters.cities:
        yield _in_city(filters.cities)
    if filters.exclude_cities:
        elsewhere = _in_city(filters.exclude_cities)
        yield lambda entry: not elsewhere(entry)


def _state(entry: Entry) -> tuple[tuple[str | None, str | None], ...]:
    return ((entry.person.country, entry.person.state),)


def _in_city(cities: list[City]) -> PersonCondition:
    wanted = [(fold(city.city), city.country) for city in cities]

    def condition(entry: Entry) -> bool:
        here, country = fold(entry.person.city or ""), entry.person.country
        return any(here == city and within in (None, country) for city, within in wanted)

    return condition


def _roles(filters: PeopleFilters, threshold: float) -> Iterator[PersonCondition]:
    yield from RULES.any_shared(filters.seniorities, lambda entry: entry.person.seniorities or ())
    yield from RULES.any_shared(filters.departments, lambda entry: entry.person.departments or ())
    yield from RULES.none_shared(filters.exclude_departments, lambda entry: entry.person.departments or ())
    if filters.job_title_keywords:
        clause = _folded(filters.job_title_keywords, spelled_out)
        yield lambda entry: clause.holds(lambda title: title_similarity(title, entry) >= threshold)


def title_similarity(keyword: str, entry: Entry) -> float:
    """1 for a title that contains the keyword, else the share of its words that the title has."""
    words = keyword.split()
    if keyword in entry.title or not words:
        return 1.0
    return sum(word in entry.words for word in words) / len(words)


def _texts(filters: PeopleFilters) -> Iterator[PersonCondition]:
    yield from _text(filters.skills, lambda entry: entry.skills)
    yield from _text(filters.all_job_descriptions, lambda entry: entry.jobs)
    yield from _text(filters.current_job_description, lambda entry: entry.current_job)
    yield from _text(filters.profile_description, lambda entry: entry.profile)


def _text(clause: Clause | None, of: Callable[[Entry], str]) -> Iterator[PersonCondition]:
    if clause:
        folded = _folded(clause, fold)
        yield lambda entry: folded.holds(of(entry).__contains__)


def _folded(clause: Clause, fold_one: Callable[[str], str]) -> Clause:
    return Clause.model_construct(
        all_of=[fold_one(text) for text in clause.all_of or ()],
        any_of=[fold_one(text) for text in clause.any_of or ()],
        none_of=[fold_one(text) for text in clause.none_of or ()],
    )


def _ranges(filters: PeopleFilters) -> Iterator[PersonCondition]:
    yield from _range(filters.connections, lambda entry: entry.person.connections)
    yield from _range(filters.followers, lambda entry: entry.person.followers)


def _range(span: Whole | None, of: Callable[[Entry], int | None]) -> Iterator[PersonCondition]:
    if span:
        yield lambda entry: span.holds(of(entry))


def _dates(filters: PeopleFilters, now: float) -> Iterator[PersonCondition]:
    after, before = filters.changed_position_after, filters.changed_position_before
    if after:
        yield lambda entry: _changed(entry) >= after
    if before:
        yield lambda entry: "" < _changed(entry) <= before
    if filters.updated_within_months:
        oldest = month_before(now, filters.updated_within_months)
        yield lambda entry: (entry.person.updated or "") >= oldest


def _changed(entry: Entry) -> str:
    return entry.person.experiences[0].since if entry.person.experiences else ""


def _presence(filters: PeopleFilters) -> Iterator[PersonCondition]:
    yield from map(_has, filters.fields_exist or ())
    yield from map(_lacks, filters.fields_not_exist or ())


def _has(name: str) -> PersonCondition:
    return lambda entry: bool(entry.document[name])


def _lacks(name: str) -> PersonCondition:
    return lambda entry: not entry.document[name]
