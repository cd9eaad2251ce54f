"""The kinds of value that Ocean.io's filters are made of."""

from typing import Annotated, Generic, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel
from typing_extensions import TypeAliasType

from talent_tools.arguments import Arguments
from talent_tools.ocean.enums import DEPARTMENTS, GROWTH_PERIODS, SENIORITIES, SOCIAL_MEDIAS
from talent_tools.ocean.repairs import as_city, as_country, as_day, as_handle, as_host, as_month, each, spelling, under
from talent_tools.values import OneOrMany, at_most, one_or_many

End = TypeVar("End", int, float, str)


class OceanArguments(Arguments):
    """Arguments under our snake_case names, read under the vendor's camelCase too and dumped to it by alias."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, loc_by_alias=False)


# Named, so that the schema defines it once.
List = TypeAliasType("List", Annotated[list[str], BeforeValidator(one_or_many)])
Handles = Annotated[List, each(as_handle)]
Hosts = Annotated[List, each(as_host)]
FewHosts = Annotated[Hosts, at_most(10)]
Countries = Annotated[List, each(as_country)]
Departments = Annotated[List, each(spelling(*DEPARTMENTS))]
Seniorities = Annotated[List, each(spelling(*SENIORITIES))]

Host = Annotated[str, AfterValidator(as_host)]
Country = Annotated[str, AfterValidator(as_country)]
Department = Annotated[str, AfterValidator(spelling(*DEPARTMENTS))]
GrowthPeriod = Annotated[str, AfterValidator(spelling(*GROWTH_PERIODS))]
Mode = Annotated[str, AfterValidator(spelling("anyOf", "allOf"))]
Month = Annotated[str, AfterValidator(as_month)]
Day = Annotated[str, AfterValidator(as_day)]
# Its bounds are left out of the schema; so is much that every model knows, or that a word says.
Months = Annotated[int, Field(ge=1, le=60), WithJsonSchema({"type": "integer"})]


class Text(OceanArguments):
    all_of: List | None = None
    any_of: List | None = None
    none_of: List | None = None


def as_medias(words: Text) -> Text:
    """The names of social networks in the vendor's spelling."""
    spell = spelling(*SOCIAL_MEDIAS)
    given = words.model_dump(exclude_none=True)
    return Text.model_validate({part: [spell(name) for name in names] for part, names in given.items()})


TextFilter = Annotated[Text, under("any_of")]
"""A filter on words, also given as the list or the string that any of them should match."""
Medias = Annotated[TextFilter, AfterValidator(as_medias)]


class Span(OceanArguments, Generic[End]):
    """Two ends, both included, either of which may be open."""

    from_: End | None = Field(default=None, alias="from")
    to: End | None = None

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise ValueError("`from` must not be larger than `to`")
        return self


class Range(Span[int]):
    pass


class Growth(Span[float]):
    pass


class Dates(Span[str]):
    from_: Day | None = Field(default=None, alias="from", description="YYYY-MM-DD")
    to: Day | None = None


class Region(OceanArguments):
    country: Country
    abbreviation: str


Regions = OneOrMany[Region]


class City(OceanArguments):
    city: str
    country: Country | None = None
    region: str | None = Field(default=None, description="companies only")
    postal_code: str | None = None


Cities = OneOrMany[Annotated[City, BeforeValidator(as_city)]]


class HeadcountGrowth(OceanArguments):
    as_percentage: bool = Field(description="then 0.5 is 50 %")
    growth_range: Growth
    months: GrowthPeriod = Field(description=", ".join(GROWTH_PERIODS))
