"""All tools: whoever imports this loads every one of them, with the vendors' models."""

from talent_tools.enrich_person import ENRICH_PERSON
from talent_tools.search_people import SEARCH_PEOPLE
from talent_tools.spec import AnyTool
from talent_tools.update_stardex_person import UPDATE_STARDEX_PERSON
from talent_tools.upsert_jarvi_profile import UPSERT_JARVI_PROFILE

TOOLS: tuple[AnyTool, ...] = (SEARCH_PEOPLE, ENRICH_PERSON, UPDATE_STARDEX_PERSON, UPSERT_JARVI_PROFILE)
