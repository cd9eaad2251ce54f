"""The pieces that filters are made of: strict objects, ranges, clauses, places."""

from collections.abc import Callable, Sequence
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from .enums import Country, known_region

Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
Domain = Annotated[str, StringConstraints(pattern=r"^[^\s/:@]+\.[^\s/:@]+$")]
Handle = Annotated[str, StringConstraints(pattern=r"^[^\s/]+$")]
MonthsBack = Annotated[int, Field(ge=1, le=60)]


class Strict(BaseModel):
    """Unknown keys and converted types are refused, as the vendor does."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class Whole(Strict):
    """An inclusive range of whole numbers."""

    at_least: int | None = Field(None, alias="from")
    at_most: int | None = Field(None, alias="to")

    def holds(self, value: int | None) -> bool:
        return value is not None and within(value, self.at_least, self.at_most)


class Real(Strict):
    """An inclusive range of numbers."""

    at_least: float | None = Field(None, alias="from")
    at_most: float | None = Field(None, alias="to")

    def holds(self, value: float) -> bool:
        return within(value, self.at_least, self.at_most)


class Days(Strict):
    """A range of dates."""

    since: Day | None = Field(None, alias="from")
    until: Day | None = Field(None, alias="to")


class Clause(Strict):
    """The object that stands where agents like to send a plain list."""

    all_of: list[str] | None = None
    any_of: list[str] | None = None
    none_of: list[str] | None = None

    def holds(self, test: Callable[[str], bool]) -> bool:
        return clause_holds(self.all_of, self.any_of, self.none_of, test)


class Region(Strict):
    """A state or region by its code."""

    country: Country
    abbreviation: str

    @model_validator(mode="after")
    def _known(self) -> Self:
        if not known_region(self.country, self.abbreviation):
            raise PydanticCustomError("value_error", "Value error, unknown region")
        return self

    @property
    def key(self) -> tuple[str, str]:
        return (self.country, self.abbreviation)


class City(Strict):
    """A city, in any country unless one is named."""

    city: str
    country: Country | None = None


class Point(Strict):
    """A circle on the map."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    radius: float = Field(ge=1, le=1_000_000)


class CompanyCity(City):
    """A city of a company's office."""

    region: str | None = None
    postal_code: str | None = None


class Locations(Strict):
    """Where a company's offices are."""

    include_countries: list[Country] | None = None
    exclude_countries: list[Country] | None = None
    include_regions: list[Region] | None = None
    exclude_regions: list[Region] | None = None
    include_cities: list[CompanyCity] | None = None
    exclude_cities: list[CompanyCity] | None = None
    geolocation: Point | None = None


def within(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def clause_holds(
    all_of: Sequence[str] | None,
    any_of: Sequence[str] | None,
    none_of: Sequence[str] | None,
    test: Callable[[str], bool],
) -> bool:
    if any_of and not any(map(test, any_of)):
        return False
    return all(map(test, all_of or ())) and not any(map(test, none_of or ()))
