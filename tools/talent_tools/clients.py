"""What a handler is given to work with."""

from dataclasses import dataclass

from talent_tools.field_definitions import RememberFields, read_always
from talent_tools.files import OpenFile
from talent_tools.jarvi.client import Jarvi
from talent_tools.ocean.client import Ocean
from talent_tools.stardex.client import Stardex
from talent_tools.vendor import HasKey, for_every_vendor


@dataclass(frozen=True, kw_only=True, slots=True)
class Clients:
    """All that a handler can reach: the vendors, typed, which of them there is a key for, what is remembered of their
    custom fields, and the files that the operator allows."""

    ocean: Ocean
    stardex: Stardex
    jarvi: Jarvi
    open_file: OpenFile
    has_key: HasKey = for_every_vendor
    remember_fields: RememberFields = read_always
