"""`POST /v3/search/people`, without its money."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from talent_mcp.sandbox.jsontypes import Json, items

from .company_match import Employers, employers
from .entries import Document, Entry, index
from .lookalikes import Seeds, seeds_of
from .paging import UNBOUND, cursor_after, fingerprint, position_after
from .people_match import Basis, person_conditions
from .requests import PeopleFilters, SearchRequest

ANYWHERE = Employers({}, {}, {})
NOBODY_ALIKE = Seeds((), [], [])


class Hit(NamedTuple):
    """A person who passed, with relevance where look-alikes were asked for."""

    entry: Entry
    grade: str | None


class Page(NamedTuple):
    """One page of a search, and what the vendor says beside it."""

    hits: list[Hit]
    total: int
    cursor: str | None
    seeds: Seeds
    employers: Employers

    def body(self, fields: Sequence[str] | None) -> Document:
        return {
            "people": [_rendered(hit, fields) for hit in self.hits],
            "detail": "OK",
            "lookalikePeopleStatuses": self.seeds.statuses,
            "total": self.total,
            "searchAfter": self.cursor,
            "redirectMap": self.employers.redirects,
            "includeDomainsStatuses": self.employers.statuses,
        }


def search(request: SearchRequest, now: float) -> Page:
    query = fingerprint(request.model_dump(exclude=UNBOUND))
    start = position_after(query, request.search_after)
    filters = request.people_filters or PeopleFilters()
    handles = filters.lookalike_linkedin_handles
    seeds = seeds_of(handles) if handles else NOBODY_ALIKE
    firms = employers(request.companies_filters) if request.companies_filters else ANYWHERE
    hits = list(_hits(request, now, seeds if handles else None, firms))
    hits.sort(key=lambda hit: hit.grade or "")
    if request.people_per_company:
        hits = list(_capped(hits, request.people_per_company))
    end = start + request.size
    more = end < len(hits) and not request.people_per_company
    return Page(hits[start:end], len(hits), cursor_after(query, end) if more else None, seeds, firms)


def _hits(request: SearchRequest, now: float, seeds: Seeds | None, firms: Employers) -> Iterator[Hit]:
    conditions = person_conditions(request.people_filters or PeopleFilters(), Basis(request.job_title_threshold, now))
    for entry in _employed(request, firms):
        if not all(condition(entry) for condition in conditions):
            continue
        grade = seeds.grade(entry) if seeds else firms.relevance.get(entry.person.domain)
        if grade or not seeds:
            yield Hit(entry, grade)


def _employed(request: SearchRequest, firms: Employers) -> Iterator[Entry]:
    everybody = iter(index().entries)
    if request.companies_filters is None:
        return everybody
    return (entry for entry in everybody if entry.person.domain in firms.relevance)


def _capped(hits: list[Hit], most: int) -> Iterator[Hit]:
    taken = Counter[str]()
    for hit in hits:
        taken[hit.entry.person.domain] += 1
        if taken[hit.entry.person.domain] <= most:
            yield hit


def _rendered(hit: Hit, fields: Sequence[str] | None) -> Document:
    document = hit.entry.document if fields is None else _trimmed(hit.entry.document, fields)
    return {**document, "relevance": hit.grade} if hit.grade else document


def _trimmed(document: Document, fields: Sequence[str]) -> Document:
    """`id` and `domain` always; nested fields bring their parent with only themselves."""
    wanted = sorted({"id", "domain", *fields})
    groups = itertools.groupby(wanted, key=lambda name: name.partition(".")[0])
    return {parent: _part(document.get(parent), [name.partition(".")[2] for name in names]) for parent, names in groups}


RENAMED = {"peopleCount": "employeeCountOcean", "latestFundingRound": "fundingRound"}


def _part(value: Json, names: list[str]) -> Json:
    if "" in names or value is None:
        return value
    if (several := items(value)) is not None:
        return [_part(item, names) for item in several]
    return {RENAMED.get(name, name): value.get(RENAMED.get(name, name)) for name in names}
