"""The reference for calls: a bare SDK server whose tools make the same vendor requests with the same HTTP client,
and have neither gate nor audit log. Arguments: the sandbox's origin, and a port for streamable HTTP or nothing."""

import sys
from typing import Any

import httpx2
from mcp.server import MCPServer

HEADERS = {
    "ocean": {"x-api-token": "sandbox-ocean"},
    "stardex": {"Authorization": "Bearer sandbox-stardex"},
    "jarvi": {"X-API-KEY": "sandbox-jarvi"},
}
Body = dict[str, Any]

server: MCPServer[None] = MCPServer("bare-vendor-tools", log_level="WARNING")
vendors = httpx2.AsyncClient(
    base_url=sys.argv[1],
    trust_env=False,
    limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None),
)


async def sent(method: str, vendor: str, path: str, body: Body | None) -> Body:
    response = await vendors.request(method, f"/{vendor}{path}", headers=HEADERS[vendor], json=body)
    answer: Body = response.raise_for_status().json()
    return answer


@server.tool()
async def search_people(body: Body) -> Body:
    """Search people in Ocean.io."""
    return await sent("POST", "ocean", "/v3/search/people", body)


@server.tool()
async def enrich_person(body: Body) -> Body:
    """Enrich a person in Ocean.io."""
    return await sent("POST", "ocean", "/v2/enrich/person", body)


@server.tool()
async def update_stardex_person(person_id: str, body: Body) -> Body:
    """Read a person in Stardex, change it, and read it again."""
    await sent("GET", "stardex", f"/v1/persons/{person_id}", None)
    await sent("PATCH", "stardex", f"/v1/persons/{person_id}", body)
    return await sent("GET", "stardex", f"/v1/persons/{person_id}", None)


@server.tool()
async def read_stardex_person(person_id: str) -> Body:
    """Read a person in Stardex: what a preview asks of it."""
    return await sent("GET", "stardex", f"/v1/persons/{person_id}", None)


@server.tool()
async def upsert_jarvi_profile(body: Body) -> Body:
    """Look for a profile in Jarvi, save it, and read it again."""
    await sent("GET", "jarvi", "/rest/v2/profiles?limit=1", None)
    await sent("POST", "jarvi", "/rest/v2/profiles", body)
    return await sent("GET", "jarvi", "/rest/v2/profiles?limit=1", None)


if __name__ == "__main__":
    if sys.argv[2:]:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
    else:
        server.run()
