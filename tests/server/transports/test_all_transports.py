"""Over every transport an official client drives all four tools, and hears of an answer that it waits for.

What left the process is asserted field by field.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client.sse import sse_client

from tests.judge import JudgedClient, advertised
from tests.processes import START_SECONDS, Vendors, running, stdio_server, vendors_on_a_port
from tests.server.subscriptions.clients import Listener, listener

pytestmark = pytest.mark.anyio

TRANSPORTS = ["stdio legacy", "stdio modern", "http legacy", "http modern", "sse legacy", "sse modern"]
PENDING_PERSON = {"person": {"linkedin": "https://www.linkedin.com/in/emil-pending-1004"}}


@asynccontextmanager
async def connected(transport: str, environment: dict[str, str]) -> AsyncGenerator[Listener]:
    kind, _, era = transport.partition(" ")
    mode = {"legacy": "legacy", "modern": "2026-07-28"}[era]
    if kind == "stdio":
        async with listener(stdio_server(environment), mode) as on:
            yield on
        return
    async with running("serve", "--transport", kind, "--port", "0", environment=environment) as server:
        target = sse_client(f"{server.origin}/sse") if kind == "sse" else f"{server.origin}/mcp"
        async with listener(target, mode) as on:
            yield on


async def call(client: JudgedClient, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return dict(result.structured_content)


async def definitions(client: JudgedClient) -> dict[str, Any]:
    """The tools as this transport advertises them, by name."""
    tools = (await client.list_tools()).tools
    return {tool.name: tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools}


async def sent(vendors: Vendors, method: str, path: str) -> Any:
    """The body of the one request to this route."""
    (body,) = [
        request["body"]
        for request in await vendors.received()
        if (request["method"], request["path"]) == (method, path)
    ]
    return body


async def smallest_and_largest_search(client: JudgedClient, vendors: Vendors) -> None:
    found = await call(client, "search_people", {})
    assert len(found["people"]) == 10
    assert await sent(vendors, "POST", "/v3/search/people") == {"size": 10}
    await vendors.reset()
    await call(client, "search_people", LARGEST_SEARCH)
    assert await sent(vendors, "POST", "/v3/search/people") == LARGEST_SEARCH_SENT


async def smallest_and_largest_enrichment(client: JudgedClient, vendors: Vendors) -> None:
    found = await call(client, "enrich_person", {"person": {"email": "ada.brightwell@ledgerloop.example"}})
    assert found["status"] == "found"
    assert await sent(vendors, "POST", "/v2/enrich/person") == {
        "person": {"email": "ada.brightwell@ledgerloop.example"},
        "revealEmails": {"includeEmails": False},
        "revealPhones": {"includePhones": False},
    }
    await vendors.reset()
    await call(
        client,
        "enrich_person",
        {"person": PERSON, "company": COMPANY, "reveal_emails": True, "reveal_phones": True},
    )
    assert await sent(vendors, "POST", "/v2/enrich/person") == {
        "person": PERSON_SENT,
        "company": COMPANY_SENT,
        "revealEmails": {"includeEmails": True},
        "revealPhones": {"includePhones": True},
    }


async def smallest_and_largest_update(client: JudgedClient, vendors: Vendors, person_id: str) -> None:
    await call(client, "update_stardex_person", {"person_id": person_id, "changes": {"current_job_title": "CFO"}})
    assert await sent(vendors, "PATCH", f"/v1/persons/{person_id}") == {"current_job_title": "CFO"}
    await vendors.reset()
    replaced = {
        "emails": {"replace": [{"contact_data_type": "work", "value": "new@demo.example"}]},
        "phone_numbers": {"replace": [{"contact_data_type": "mobile", "value": "+447700900199"}]},
    }
    await call(client, "update_stardex_person", {"person_id": person_id, "changes": {**STARDEX_FIELDS, **replaced}})
    assert await sent(vendors, "PATCH", f"/v1/persons/{person_id}") == {
        **STARDEX_FIELDS,
        "emails": [{"contact_data_type": "work", "value": "new@demo.example"}],
        "phone_numbers": [{"contact_data_type": "mobile", "value": "+447700900199"}],
    }


async def smallest_and_largest_upsert(client: JudgedClient, vendors: Vendors, folder: Path) -> None:
    await call(client, "upsert_jarvi_profile", {"profile": {"external_id": "x-1"}})
    assert await sent(vendors, "POST", "/rest/v2/profiles") == {"externalId": "x-1"}
    await vendors.reset()
    (folder / "cv.pdf").write_bytes(b"%PDF-1.7")
    (folder / "notes.txt").write_bytes(b"hello")
    await call(client, "upsert_jarvi_profile", LARGEST_PROFILE)
    assert await sent(vendors, "POST", "/rest/v2/profiles") == LARGEST_PROFILE_SENT


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_client_drives_all_four_tools(tmp_path: Path, transport: str) -> None:
    files = tmp_path / "files"
    files.mkdir()
    async with vendors_on_a_port() as vendors:
        environment = {**vendors.environment(tmp_path / "home"), "TALENT_FILE_FOLDERS": str(files)}
        state = (await vendors.http.get("/_sandbox/state")).json()
        async with connected(transport, environment) as on:
            assert await definitions(on.client) == advertised()
            await smallest_and_largest_search(on.client, vendors)
            await smallest_and_largest_enrichment(on.client, vendors)
            await smallest_and_largest_update(on.client, vendors, state["persons"][0]["id"])
            await smallest_and_largest_upsert(on.client, vendors, files)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_client_hears_of_an_answer_that_it_waits_for(tmp_path: Path, transport: str) -> None:
    async with vendors_on_a_port() as vendors, connected(transport, vendors.environment(tmp_path)) as on:
        uri, pending = await on.call("enrich_person", PENDING_PERSON)
        assert pending["status"] == "pending"
        async with on.subscribed(uri) as told:
            _, found = await on.call("enrich_person", PENDING_PERSON)
            assert found["status"] == "found"
            with anyio.fail_after(START_SECONDS):
                assert await told() == uri
        assert len(await vendors.received()) == 2


TEXT = {"all_of": ["a"], "any_of": ["b", "c"], "none_of": ["d"]}
TEXT_SENT = {"allOf": ["a"], "anyOf": ["b", "c"], "noneOf": ["d"]}
APPS = {"all_of": ["HubSpot"], "any_of": ["Klaviyo"], "none_of": ["Google Analytics"]}
APPS_SENT = {"allOf": ["HubSpot"], "anyOf": ["Klaviyo"], "noneOf": ["Google Analytics"]}
RANGE = {"from": 1, "to": 9}
PLACES = {
    "include_countries": ["GB"],
    "exclude_countries": ["fr"],
    "include_regions": [{"country": "gb", "abbreviation": "ENG"}],
    "exclude_regions": [{"country": "us", "abbreviation": "CA"}],
    "include_cities": [{"city": "London", "country": "gb", "region": "ENG", "postal_code": "EC1"}],
    "exclude_cities": [{"city": "Leeds"}],
    "geolocation": {"latitude": 51.5, "longitude": -0.1, "radius": 5000},
}
PLACES_SENT = {
    "includeCountries": ["gb"],
    "excludeCountries": ["fr"],
    "includeRegions": [{"country": "gb", "abbreviation": "ENG"}],
    "excludeRegions": [{"country": "us", "abbreviation": "CA"}],
    "includeCities": [{"city": "London", "country": "gb", "region": "ENG", "postalCode": "EC1"}],
    "excludeCities": [{"city": "Leeds"}],
    "geolocation": {"latitude": 51.5, "longitude": -0.1, "radius": 5000},
}
GROWTH = {"as_percentage": True, "growth_range": {"from": 0.1, "to": 0.5}, "months": "Six months"}
GROWTH_SENT = {"asPercentage": True, "growthRange": {"from": 0.1, "to": 0.5}, "months": "Six months"}
LARGEST_SEARCH: dict[str, Any] = {
    "limit": 25,
    "max_per_company": 2,
    "job_title_threshold": 0.5,
    "fields": ["id", "domain", "name"],
    "detail": "full",
    "people": {
        "lookalike_linkedin_handles": ["https://www.linkedin.com/in/ada-demo-1001/"],
        "include_linkedin_handles": ["ben-demo-1002"],
        "exclude_linkedin_handles": ["https://uk.linkedin.com/in/chloe-demo-1003?x=1"],
        "include_people_ids": ["p1"],
        "exclude_people_ids": ["p2"],
        "countries": ["GB", "de"],
        "exclude_countries": ["FR"],
        "states": [{"country": "US", "abbreviation": "NY"}],
        "exclude_states": [{"country": "us", "abbreviation": "CA"}],
        "cities": [{"city": "London", "country": "GB"}],
        "exclude_cities": [{"city": "Paris"}],
        "names": ["Ada"],
        "seniorities": ["c-level"],
        "departments": ["accounting and finance"],
        "exclude_departments": ["HR"],
        "job_title_keywords": ["CFO", "Finance Director"],
        "skills": TEXT,
        "all_job_descriptions": TEXT,
        "current_job_description": TEXT,
        "profile_description": TEXT,
        "changed_position_after": "2024-01",
        "changed_position_before": "2026-01",
        "updated_within_months": 12,
        "connections": RANGE,
        "followers": {"from": 5},
        "fields_exist": ["linkedinUrl"],
        "fields_not_exist": ["photo"],
    },
    "companies": {
        "lookalike_domains": ["https://www.ledgerloop.example/about"],
        "include_domains": ["www.kontobahn.example"],
        "exclude_domains": ["nuagerie.example"],
        "company_matching_mode": "precise",
        "min_relevance": "B",
        "max_relevance": "A",
        "company_sizes": ["51-200"],
        "revenues": ["1-10M"],
        "employee_count_ocean": RANGE,
        "employee_count_linkedin": RANGE,
        "year_founded": {"from": 1990, "to": 2020},
        "countries_count": RANGE,
        "locations_count": RANGE,
        "ecommerce": False,
        "industries": {"industries": ["Financial Technology"], "mode": "anyOf"},
        "exclude_industries": ["Energy"],
        "industry_categories": {"industry_categories": ["Information Technology"], "mode": "allOf"},
        "exclude_industry_categories": ["Energy"],
        "linkedin_industries": ["Financial Services"],
        "exclude_linkedin_industries": ["Machinery Manufacturing"],
        "keywords": TEXT,
        "technologies": {"apps": APPS, "categories": {"any_of": ["CRM"]}},
        "primary_locations": PLACES,
        "other_locations": PLACES,
        "funding_round": {"raised": RANGE, "types": ["seed"], "date": {"from": "2024-01-01", "to": "2025-01-01"}},
        "headcount_growth": GROWTH,
        "department_headcount_growth": {"any_of": [{**GROWTH, "department": "Sales"}]},
        "department_sizes": [{"department": "Sales", "from": 1, "to": 20}],
        "web_traffic": {"visits": RANGE, "views": RANGE},
        "social_medias": {"medias": {"any_of": ["linkedin"]}, "min_count": 1},
        "mobile_apps_filter": {"count": RANGE, "downloads": RANGE, "release_year": {"from": 2020, "to": 2024}},
        "updated_within_months": 6,
        "fields_exist": ["revenue"],
        "fields_not_exist": ["logo"],
    },
}
LARGEST_SEARCH_SENT: dict[str, Any] = {
    "size": 25,
    "peoplePerCompany": 2,
    "jobTitleThreshold": 0.5,
    "fields": ["id", "domain", "name"],
    "peopleFilters": {
        "lookalikeLinkedinHandles": ["ada-demo-1001"],
        "includeLinkedinHandles": ["ben-demo-1002"],
        "excludeLinkedinHandles": ["chloe-demo-1003"],
        "includePeopleIds": ["p1"],
        "excludePeopleIds": ["p2"],
        "countries": ["gb", "de"],
        "excludeCountries": ["fr"],
        "states": [{"country": "us", "abbreviation": "NY"}],
        "excludeStates": [{"country": "us", "abbreviation": "CA"}],
        "cities": [{"city": "London", "country": "gb"}],
        "excludeCities": [{"city": "Paris"}],
        "names": ["Ada"],
        "seniorities": ["C-Level"],
        "departments": ["Accounting and Finance"],
        "excludeDepartments": ["HR"],
        "jobTitleKeywords": {"anyOf": ["CFO", "Finance Director"]},
        "skills": TEXT_SENT,
        "allJobDescriptions": TEXT_SENT,
        "currentJobDescription": TEXT_SENT,
        "profileDescription": TEXT_SENT,
        "changedPositionAfter": "2024-01",
        "changedPositionBefore": "2026-01",
        "updatedWithinMonths": 12,
        "connections": RANGE,
        "followers": {"from": 5},
        "fieldsExist": ["linkedinUrl"],
        "fieldsNotExist": ["photo"],
    },
    "companiesFilters": {
        "lookalikeDomains": ["ledgerloop.example"],
        "includeDomains": ["kontobahn.example"],
        "excludeDomains": ["nuagerie.example"],
        "companyMatchingMode": "precise",
        "minRelevance": "B",
        "maxRelevance": "A",
        "companySizes": ["51-200"],
        "revenues": ["1-10M"],
        "employeeCountOcean": RANGE,
        "employeeCountLinkedin": RANGE,
        "yearFounded": {"from": 1990, "to": 2020},
        "countriesCount": RANGE,
        "locationsCount": RANGE,
        "ecommerce": False,
        "industries": {"industries": ["Financial Technology"], "mode": "anyOf"},
        "excludeIndustries": ["Energy"],
        "industryCategories": {"industryCategories": ["Information Technology"], "mode": "allOf"},
        "excludeIndustryCategories": ["Energy"],
        "linkedinIndustries": ["Financial Services"],
        "excludeLinkedinIndustries": ["Machinery Manufacturing"],
        "keywords": TEXT_SENT,
        "technologies": {"apps": APPS_SENT, "categories": {"anyOf": ["CRM"]}},
        "primaryLocations": PLACES_SENT,
        "otherLocations": PLACES_SENT,
        "fundingRound": {"raised": RANGE, "types": ["Seed"], "date": {"from": "2024-01-01", "to": "2025-01-01"}},
        "headcountGrowth": GROWTH_SENT,
        "departmentHeadcountGrowth": {"anyOf": [{**GROWTH_SENT, "department": "Sales"}]},
        "departmentSizes": [{"department": "Sales", "from": 1, "to": 20}],
        "webTraffic": {"visits": RANGE, "views": RANGE},
        "socialMedias": {"medias": {"anyOf": ["linkedin"]}, "minCount": 1},
        "mobileAppsFilter": {"count": RANGE, "downloads": RANGE, "releaseYear": {"from": 2020, "to": 2024}},
        "updatedWithinMonths": 6,
        "fieldsExist": ["revenue"],
        "fieldsNotExist": ["logo"],
    },
}
PERSON = {
    "id": "p1",
    "name": "Ada Brightwell",
    "first_name": "Ada",
    "last_name": "Brightwell",
    "job_title": "CFO",
    "email": "ada.brightwell@ledgerloop.example",
    "phone": "+447700900101",
    "facebook": "https://www.facebook.com/ada",
    "twitter": "https://twitter.com/ada",
    "linkedin": "ada-demo-1001",
    "country": "gb",
}
PERSON_SENT = {
    "id": "p1",
    "name": "Ada Brightwell",
    "firstName": "Ada",
    "lastName": "Brightwell",
    "jobTitle": "CFO",
    "email": "ada.brightwell@ledgerloop.example",
    "phone": "+447700900101",
    "facebook": "https://www.facebook.com/ada",
    "twitter": "https://twitter.com/ada",
    "linkedin": "https://www.linkedin.com/in/ada-demo-1001",
    "country": "gb",
}
COMPANY = {
    "name": "Ledgerloop",
    "registration_number": "01",
    "email": "info@ledgerloop.example",
    "phone": "+447700900100",
    "country_code": "gb",
    "state": "ENG",
    "city": "London",
    "street_address": "1 Row",
    "postal_code": "EC1",
    "address": "1 Row, London",
    "facebook": "https://www.facebook.com/l",
    "twitter": "https://twitter.com/l",
    "linkedin": "https://www.linkedin.com/company/ledgerloop",
    "instagram": "https://www.instagram.com/l",
    "xing": "https://www.xing.com/l",
    "domain": "www.ledgerloop.example",
    "youtube": "https://www.youtube.com/l",
}
COMPANY_SENT = {
    "name": "Ledgerloop",
    "registrationNumber": "01",
    "email": "info@ledgerloop.example",
    "phone": "+447700900100",
    "countryCode": "gb",
    "state": "ENG",
    "city": "London",
    "streetAddress": "1 Row",
    "postalCode": "EC1",
    "address": "1 Row, London",
    "facebook": "https://www.facebook.com/l",
    "twitter": "https://twitter.com/l",
    "linkedin": "https://www.linkedin.com/company/ledgerloop",
    "instagram": "https://www.instagram.com/l",
    "xing": "https://www.xing.com/l",
    "domain": "ledgerloop.example",
    "youtube": "https://www.youtube.com/l",
}
STARDEX_FIELDS: dict[str, Any] = {
    "linkedin_url": "https://www.linkedin.com/in/new-handle",
    "name": "Ada B",
    "first_name": "Ada",
    "last_name": "B",
    "current_job_title": "CFO",
    "company_name": "Ledgerloop",
    "linkedin_location": "London",
    "linkedin_headline": "CFO",
    "address": "1 Row",
    "enrich_record": False,
    "work_email": "w@demo.example",
    "personal_email": "p@demo.example",
    "mobile_phone": "+447700900111",
    "work_phone": "+447700900112",
    "job_id": "j1",
}
UUID = "56cd10ab-7223-57ab-9b38-7ecbfbc5f409"
LARGEST_PROFILE: dict[str, Any] = {
    "profile": {
        "external_id": "x-2",
        "first_name": "Augusta",
        "last_name": "Byron",
        "email_addresses": ["a@demo.example", "b@demo.example"],
        "phone_numbers": ["+447700900101", "+447700900102"],
        "linkedin_url": "augusta-byron",
        "location": "London",
        "headline": "CFO",
        "current_position": "Group CFO",
        "current_company_name": "Brightwell",
        "current_company_id": "c1",
    },
    "custom_fields": {UUID: "yes"},
    "history_entry": {"subject": "Call", "message": "Spoke today", "type": UUID},
    "resumes": ["cv.pdf"],
    "files": ["notes.txt"],
    "project_id": "proj-1",
}
LARGEST_PROFILE_SENT: dict[str, Any] = {
    "externalId": "x-2",
    "firstName": "Augusta",
    "lastName": "Byron",
    "emailAddresses": "a@demo.example,b@demo.example",
    "phoneNumbers": "+447700900101,+447700900102",
    "linkedinUrl": "https://www.linkedin.com/in/augusta-byron",
    "location": "London",
    "headline": "CFO",
    "currentPosition": "Group CFO",
    "currentCompanyName": "Brightwell",
    "currentCompanyId": "c1",
    UUID: "yes",
    "historyEntrySubject": "Call",
    "historyEntryMessage": "Spoke today",
    "historyEntryType": UUID,
    "resumesFiles": [{"fileName": "cv.pdf", "data": "data:application/pdf;base64,JVBERi0xLjc="}],
    "files": [{"fileName": "notes.txt", "data": "data:text/plain;base64,aGVsbG8="}],
    "projectId": "proj-1",
}
