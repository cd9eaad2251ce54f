"""One request to one vendor, once: what came back, or what happened instead."""

from http.cookiejar import CookieJar, DefaultCookiePolicy

import anyio
import httpx2

from talent_mcp.upstream.answers import MAX_BODY_BYTES, TOO_LARGE, Received
from talent_mcp.upstream.attempts import Progress
from talent_mcp.upstream.auth import HostBoundAuth, MisdirectedCredential

TIMEOUTS = httpx2.Timeout(None, connect=5.0)
"""Of a connection; everything else is bounded by the deadline of the call."""
NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    MisdirectedCredential,
)


def vendor_client(base_url: str, transport: httpx2.AsyncBaseTransport | None) -> httpx2.AsyncClient:
    """A pooled client that follows no redirect, obeys no ambient proxy or netrc, and keeps no cookie."""
    return httpx2.AsyncClient(
        base_url=base_url,
        follow_redirects=False,
        trust_env=False,
        timeout=TIMEOUTS,
        transport=transport or network(base_url),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        headers={"User-Agent": "talent-mcp", "Accept": "application/json"},
    )


def network(base_url: str) -> httpx2.AsyncBaseTransport:
    # Loaded with the first request to a vendor: start-up need not wait for it.
    from talent_mcp.upstream.connections import OriginTransport

    return OriginTransport(httpx2.URL(base_url))


async def exchange(
    client: httpx2.AsyncClient, wire: httpx2.Request, auth: HostBoundAuth, progress: Progress, seconds: float
) -> Received | None:
    """The answer, or None when there is none that can be read; `progress` then says why.

    The failure itself is not passed on: the frames in its traceback hold the request with its key.
    """
    wire.extensions = {**wire.extensions, "trace": progress.trace}
    until = anyio.current_time() + seconds
    try:
        with anyio.fail_after(seconds):
            response = await client.send(wire, auth=auth, stream=True)
        return await received(response, auth, progress, until)
    except (httpx2.RequestError, TimeoutError) as error:
        progress.error = type(error).__name__
        progress.left = progress.left and not isinstance(error, NEVER_SENT)
        return None
    except MisdirectedCredential:
        progress.left = False
        raise


async def received(response: httpx2.Response, auth: HostBoundAuth, progress: Progress, until: float) -> Received:
    """The answer as everything else sees it: without the key, which a vendor or a proxy may repeat."""
    try:
        progress.status = response.status_code
        content = bytearray()
        flaw = await read_until(until, content, response) if response.status_code != 429 else None
    finally:
        await response.aclose()
    headers = httpx2.Headers([(name, auth.without_key(value)) for name, value in response.headers.raw])
    return Received(response.status_code, headers, auth.without_key(bytes(content)), flaw)


async def read_until(until: float, content: bytearray, response: httpx2.Response) -> str | None:
    """Read the body up to a time (anyio clock); what is wrong with it, if something is."""
    with anyio.CancelScope(deadline=until):
        return await read_into(content, response)
    # Nothing was done, whatever the rest of the body would have said.
    if 400 <= response.status_code < 500:
        return "did not come in time"
    raise TimeoutError


async def read_into(content: bytearray, response: httpx2.Response) -> str | None:
    """Read the decoded body up to the limit; what is wrong with it, if something is."""
    try:
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > MAX_BODY_BYTES:
                del content[MAX_BODY_BYTES:]
                return TOO_LARGE
    except httpx2.DecodingError:
        return "cannot be unpacked"
    except httpx2.TransportError:
        # The status of an error says enough without its body.
        if response.status_code < 400:
            raise
        return "broke off"
    return None
