"""People who resemble others: by title, department and shared industry."""

from typing import NamedTuple

from .entries import Entry, index


class Seeds(NamedTuple):
    """The handles a search starts from, sorted by what could be done with them."""

    entries: tuple[Entry, ...]
    missing: list[str]
    without_company: list[str]

    @property
    def statuses(self) -> dict[str, list[str]]:
        return {
            "successfulPeople": [entry.person.handle or "" for entry in self.entries],
            "notFoundPeople": self.missing,
            "triggeredDomainPeople": [],
            "missingCompanyInformationPeople": self.without_company,
        }

    def grade(self, entry: Entry) -> str | None:
        grades = [grade for seed in self.entries if (grade := _resemblance(entry, seed))]
        return None if entry in self.entries else min(grades, default=None)


def seeds_of(handles: list[str]) -> Seeds:
    known = index().by_handle
    found = [known[handle] for handle in handles if handle in known]
    return Seeds(
        tuple(entry for entry in found if entry.company.industries),
        [handle for handle in handles if handle not in known],
        [entry.person.handle or "" for entry in found if not entry.company.industries],
    )


def _resemblance(entry: Entry, seed: Entry) -> str | None:
    same_role = entry.person.role == seed.person.role
    related = bool(set(entry.company.industries) & set(seed.company.industries))
    if same_role and related:
        return "A" if entry.company.industries == seed.company.industries else "B"
    if related and _same_level(entry, seed):
        return "B"
    return "C" if related and _same_department(entry, seed) else None


def _same_department(entry: Entry, seed: Entry) -> bool:
    return bool(set(entry.person.departments or ()) & set(seed.person.departments or ()))


def _same_level(entry: Entry, seed: Entry) -> bool:
    ranks = {"C-Level", "VP", "Head", "Director"}
    both = set(entry.person.seniorities or ()) & ranks and set(seed.person.seniorities or ()) & ranks
    return bool(both) and _same_department(entry, seed)
