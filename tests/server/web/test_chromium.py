"""The approval page in a real Chromium: what a person does there counts, what other pages do does not.

With TALENT_SCREENSHOTS set to a folder the pictures for the documents are written there.
"""

import os
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.server.approvals.records import TITLE
from tests.server.web.chromium import Chromium, Tab, chromium
from tests.server.web.person import Desktop, desktop, look

pytestmark = pytest.mark.anyio

YES, NO, REASON = "button[value=approve]", "button[value=refuse]", "#reason"
PICTURES = os.environ.get("TALENT_SCREENSHOTS")


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncGenerator[Chromium]:
    async with chromium(tmp_path) as started:
        yield started


@pytest.fixture
async def at(tmp_path: Path) -> AsyncGenerator[Desktop]:
    async with desktop(tmp_path / "home") as started:
        yield started


@contextmanager
def evil_site(html: str) -> Generator[str]:
    """Another site with this page, whose name was bent to this computer."""

    class Evil(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Evil) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://evil.example:{server.server_port}/"
        server.shutdown()


async def keep(tab: Tab, name: str) -> None:
    """Keep a picture for the documents, where somebody asked for them."""
    if PICTURES:
        (Path(PICTURES) / f"{name}.png").write_bytes(await tab.picture())


async def test_a_person_looks_presses_the_button_and_the_agent_goes_on(at: Desktop, browser: Chromium) -> None:
    asked = await at.ask()
    tab = await browser.open(at.browser.opened[0])
    await tab.screen(width=760, height=520, scheme="light")
    text = await tab.text()
    assert text.index('"Ada Li" in Stardex (p1)') < text.index("current job title") < text.index("Approve this change")
    assert await tab.script("getComputedStyle(document.querySelector('ins')).fontWeight") == "600", (
        "the style is applied"
    )
    assert await tab.script("document.cookie") == "", "no script can read the cookie"
    await keep(tab, "approval-page")
    await tab.click(YES)
    assert "Approved" in await tab.text()
    assert (await at.ask(plan_id=asked["plan_id"]))["status"] == "saved"
    assert at.stardex.written == [TITLE]


async def test_a_person_refuses_and_says_why(at: Desktop, browser: Chromium) -> None:
    asked = await at.ask()
    tab = await browser.open(at.browser.opened[0])
    await tab.screen(width=760, height=520, scheme="light")
    await tab.script(f"document.querySelector('{REASON}').focus()")
    await tab.write("She left in March.")
    await tab.press("Enter", 13, "\r")
    assert await at.waiting() == [asked["plan_id"]], "Enter in the field for the reason decides nothing"
    await tab.click(NO)
    assert "Refused" in await tab.text()
    await tab.screen(width=760, height=180, scheme="light")
    await keep(tab, "approval-refused")
    assert await at.house.desk.reason("default", asked["plan_id"]) == "She left in March."
    assert at.stardex.written == []


async def test_the_page_works_by_keyboard_alone_and_without_scripts(at: Desktop, browser: Chromium) -> None:
    await at.ask()
    tab = await browser.open(at.browser.opened[0])
    await tab.press("Tab", 9)
    assert await tab.script("document.activeElement.value") == "approve"
    assert await tab.script("getComputedStyle(document.activeElement).outlineStyle") == "solid", "where one is, is seen"
    await tab.script("window.left = true")
    await tab.call("Emulation.setScriptExecutionDisabled", value=True)
    await tab.press("Enter", 13, "\r")
    await tab.left()
    assert "Approved" in await tab.text()


async def test_a_page_that_is_too_old_decides_nothing(at: Desktop, browser: Chromium) -> None:
    asked = await at.ask()
    tab = await browser.open(at.browser.opened[0])
    at.clock.now += 601
    await tab.click(YES)
    assert "ten minutes" in await tab.text()
    assert await at.waiting() == [asked["plan_id"]]


async def test_a_page_is_used_once(at: Desktop, browser: Chromium) -> None:
    await at.ask()
    first = await browser.open(at.browser.opened[0])
    second = await browser.open(at.browser.opened[0])
    await first.click(NO)
    await second.click(YES)
    assert "Decided already" in await second.text()
    await second.go(at.browser.opened[0])
    assert "Decided already" in await second.text()
    refused = await at.client.call_tool("update_stardex_person", {"person_id": "p1", "changes": TITLE})
    assert refused.is_error


async def test_two_changes_at_once_are_two_pages(at: Desktop, browser: Chromium) -> None:
    one, two = await at.ask(title="Group CFO"), await at.ask(title="CEO")
    first, second = [await browser.open(address) for address in at.browser.opened]
    assert "CEO" in await second.text()
    await second.click(YES)
    assert await at.waiting() == [one["plan_id"]]
    await first.click(NO)
    assert await at.waiting() == []
    assert (await at.ask(title="CEO", plan_id=two["plan_id"]))["status"] == "saved"


@pytest.mark.parametrize("host", ["localhost", "evil.example"])
async def test_a_name_that_leads_to_this_computer_is_shown_nothing(at: Desktop, browser: Chromium, host: str) -> None:
    asked = await at.ask()
    tab = await browser.open(at.browser.opened[0].replace("127.0.0.1", host))
    text = await tab.text()
    assert "only at its own address" in text
    assert "Ada Li" not in text
    assert await at.waiting() == [asked["plan_id"]]


async def test_a_page_of_another_site_cannot_send_the_form(at: Desktop, browser: Chromium) -> None:
    """Even where it knows the address and the form, and the person has just looked at the page."""
    asked = await at.ask()
    (address,) = at.browser.opened
    await browser.open(address)
    form = (await look(address)).hidden["form"]
    forged = (
        f'<form method="post" action="{address}"><input name="form" value="{form}">'
        '<button name="decision" value="approve">Win a prize</button></form>'
    )
    with evil_site(forged) as evil:
        tab = await browser.open(evil)
        await tab.click(YES)
        assert "did not come from this page" in await tab.text()
        await tab.go(evil)
        body = f"form={form}&decision=approve"
        sent = f"fetch('{address}', {{method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams('{body}')}})"
        told = await tab.call(
            "Runtime.evaluate", expression=f"{sent}.then(() => 'sent', () => 'stopped')", awaitPromise=True
        )
    assert told["result"]["value"] in ("sent", "stopped")
    assert await at.waiting() == [asked["plan_id"]]


async def test_a_page_of_another_site_cannot_frame_it(at: Desktop, browser: Chromium) -> None:
    asked = await at.ask()
    with evil_site(f'<iframe src="{at.browser.opened[0]}" width="600" height="600"></iframe>') as evil:
        await browser.open(evil)
        frames = await browser.frames()
    assert ["Ada Li" in text for text in frames] == [False]
    assert await at.waiting() == [asked["plan_id"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_a_long_change_fits_any_screen(at: Desktop, browser: Chromium, width: int, scheme: str) -> None:
    at.stardex.record["emails"] = [
        {"value": f"ada.{n}@brightwell.example", "contact_data_type": "work"} for n in range(8)
    ]
    changes = {
        "current_job_title": "Group CFO, " + "Ledgerloop" * 12,
        "address": "1 High Street\u202e, Leeds",
        "emails": {"replace": [{"value": f"ada@holding-{n}.example", "contact_data_type": "work"} for n in range(9)]},
    }
    await at.client.call_tool("update_stardex_person", {"person_id": "p1", "changes": changes})
    tab = await browser.open(at.browser.opened[0])
    await tab.screen(width=width, height=700, scheme=scheme)
    assert await tab.script("document.documentElement.scrollWidth") <= width
    seen = await tab.text()
    assert all(f"ada.{n}@brightwell.example" in seen for n in range(8))
    assert all(f"ada@holding-{n}.example" in seen for n in range(9))
    assert r"\u{202e}" in seen
    assert await tab.script("getComputedStyle(document.querySelector('td .dim')).textDecorationLine") == "none"
    await keep(tab, f"approval-long-{width}-{scheme}")
