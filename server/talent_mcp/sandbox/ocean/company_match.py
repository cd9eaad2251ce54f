"""Company filters as conditions on a company, and the companies that resemble others."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from talent_mcp.sandbox.data.companies import DOMAIN_PROBLEMS, REDIRECTS, UNKNOWN_DOMAIN, companies
from talent_mcp.sandbox.data.records import Company
from talent_mcp.sandbox.data.spelling import fold

from .company_filters import CompaniesFilters, DepartmentSize, HeadcountGrowth
from .conditions import Condition, Rules
from .shapes import CompanyCity, Locations, Whole, clause_holds, within

CompanyCondition = Condition[Company]
RULES = Rules[Company]()
MONTHS = {"Three months": 3, "Six months": 6, "Twelve months": 12}


class Employers(NamedTuple):
    """The companies that pass, each with its relevance when look-alikes were asked for."""

    relevance: dict[str, str | None]
    redirects: dict[str, str]
    statuses: dict[str, str]


def employers(filters: CompaniesFilters) -> Employers:
    named = [*(filters.include_domains or ()), *(filters.lookalike_domains or ())]
    conditions = list(_conditions(filters))
    passing = [company for company in companies().values() if all(test(company) for test in conditions)]
    graded = {company.domain: grade for company in passing for grade in _grades(company, filters)}
    redirects = {domain: REDIRECTS[domain] for domain in named if domain in REDIRECTS}
    return Employers(graded, redirects, dict(_statuses(filters.include_domains or [])))


def _statuses(domains: list[str]) -> Iterator[tuple[str, str]]:
    for domain in domains:
        if domain in DOMAIN_PROBLEMS:
            yield domain, DOMAIN_PROBLEMS[domain]
        elif resolved(domain) not in companies():
            yield domain, UNKNOWN_DOMAIN


def resolved(domain: str) -> str:
    return REDIRECTS.get(domain, domain)


def _grades(company: Company, filters: CompaniesFilters) -> Iterator[str | None]:
    """One grade if the company may stay, none if it may not."""
    if not filters.lookalike_domains:
        yield None
        return
    grade = _lookalike(company, [resolved(domain) for domain in filters.lookalike_domains])
    if grade and _relevant(grade, filters):
        yield grade


def _relevant(grade: str, filters: CompaniesFilters) -> bool:
    worst = "B" if filters.company_matching_mode == "precise" else "C"
    return (filters.max_relevance or "A") <= grade <= min(filters.min_relevance or "C", worst)


def _lookalike(company: Company, seeds: list[str]) -> str | None:
    if company.domain in seeds:
        return None
    grades = [grade for seed in seeds if seed in companies() for grade in _resemblance(company, companies()[seed])]
    return min(grades, default=None)


def _resemblance(company: Company, seed: Company) -> Iterator[str]:
    if not company.industries or not seed.industries:
        return
    if company.industries == seed.industries:
        yield "A" if 1 / 3 <= company.employees / seed.employees <= 3 else "B"
    elif set(company.industries) & set(seed.industries):
        yield "C"


def _conditions(filters: CompaniesFilters) -> Iterator[CompanyCondition]:
    included = [resolved(domain) for domain in filters.include_domains or ()]
    yield from RULES.any_shared(included, lambda company: (company.domain,))
    yield from RULES.none_shared(filters.exclude_domains, lambda company: (company.domain,))
    yield from RULES.any_shared(filters.company_sizes, lambda company: (company.size,))
    yield from RULES.any_shared(filters.revenues, lambda company: (company.revenue,))
    yield from _industries(filters)
    yield from _numbers(filters)
    yield from _descriptions(filters)
    if filters.primary_locations:
        yield from _places(filters.primary_locations)


def _industries(filters: CompaniesFilters) -> Iterator[CompanyCondition]:
    if filters.industries:
        shared = RULES.all_shared if filters.industries.mode == "allOf" else RULES.any_shared
        yield from shared(filters.industries.industries, lambda company: company.industries)
    if filters.industry_categories:
        wanted = filters.industry_categories
        shared = RULES.all_shared if wanted.mode == "allOf" else RULES.any_shared
        yield from shared(wanted.industry_categories, lambda company: (company.category,))
    yield from RULES.none_shared(filters.exclude_industries, lambda company: company.industries)
    yield from RULES.none_shared(filters.exclude_industry_categories, lambda company: (company.category,))
    yield from RULES.any_shared(filters.linkedin_industries, lambda company: (company.linkedin_industry,))
    yield from RULES.none_shared(filters.exclude_linkedin_industries, lambda company: (company.linkedin_industry,))


def _numbers(filters: CompaniesFilters) -> Iterator[CompanyCondition]:
    yield from _range(filters.employee_count_ocean, lambda company: company.employees)
    yield from _range(filters.employee_count_linkedin, lambda company: company.employees)
    yield from _range(filters.year_founded, lambda company: company.founded)
    yield from map(_department_fits, filters.department_sizes or ())
    if filters.headcount_growth:
        growth = filters.headcount_growth
        yield lambda company: growth.growth_range.holds(_growth(company, growth))


def _range(span: Whole | None, of: Callable[[Company], int]) -> Iterator[CompanyCondition]:
    if span:
        yield lambda company: bool(company.industries) and span.holds(of(company))


def _department_fits(wanted: DepartmentSize) -> CompanyCondition:
    def condition(company: Company) -> bool:
        size = company.departments.get(wanted.department, 0)
        return bool(company.industries) and within(size, wanted.at_least, wanted.at_most)

    return condition


def _growth(company: Company, wanted: HeadcountGrowth) -> float:
    share = company.growth * MONTHS[wanted.months] / 12
    return share if wanted.as_percentage else share * company.employees


def _descriptions(filters: CompaniesFilters) -> Iterator[CompanyCondition]:
    if filters.keywords:
        words = filters.keywords
        yield lambda company: words.holds(lambda word: fold(word) in fold(" | ".join(company.keywords)))
    if filters.technologies and filters.technologies.apps:
        apps = filters.technologies.apps
        yield lambda company: clause_holds(apps.all_of, apps.any_of, apps.none_of, company.technologies.__contains__)


def _places(places: Locations) -> Iterator[CompanyCondition]:
    yield from RULES.any_shared(places.include_countries, lambda company: (company.country,))
    yield from RULES.none_shared(places.exclude_countries, lambda company: (company.country,))
    yield from RULES.any_shared([region.key for region in places.include_regions or ()], _region)
    yield from RULES.none_shared([region.key for region in places.exclude_regions or ()], _region)
    if places.include_cities:
        inside = places.include_cities
        yield lambda company: _in_city(company, inside)
    if places.exclude_cities:
        outside = places.exclude_cities
        yield lambda company: not _in_city(company, outside)


def _region(company: Company) -> tuple[tuple[str, str | None], ...]:
    return ((company.country, company.state),)


def _in_city(company: Company, cities: list[CompanyCity]) -> bool:
    here = fold(company.city)
    return any(fold(city.city) == here and city.country in (None, company.country) for city in cities)
