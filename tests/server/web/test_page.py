"""The approval page over HTTP: a person decides there, once; whoever is not at the page decides nothing."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import anyio
import apsw
import pytest

from talent_mcp.app_sandbox import open_sandbox_house
from talent_mcp.completed import Completed
from talent_mcp.identity import local_caller
from tests.disks import failing_disk
from tests.houses import settings_in
from tests.judge import JudgedClient
from tests.server.approvals.records import TITLE
from tests.server.web.person import Browser, Page, desktop, look, request

pytestmark = pytest.mark.anyio


def holds(folder: Path, text: str) -> bool:
    """Whether a file below a folder has this text in it."""
    return any(text.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_person_sees_the_change_approves_it_and_the_agent_goes_on(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        page = await look(at.browser.opened[0])
        assert re.search(r"<h1>&quot;Ada Li&quot; in Stardex \(p1\)</h1>", page.text)
        assert '<span class="old">&quot;CFO&quot;</span>' in page.text
        assert "<ins>&quot;Group CFO&quot;</ins>" in page.text
        assert "Asked by local, through &quot;mcp" in page.text
        assert "This page works for 10 minutes, once." in page.text
        assert at.stardex.written == []
        answer = await page.approve()
        assert (answer.status_code, "<h1>Approved</h1>" in answer.text) == (200, True)
        assert at.stardex.written == [], "the page approves; it does not write"
        done = await at.ask(plan_id=asked["plan_id"])
        assert (done["status"], at.stardex.written) == ("saved", [TITLE])
        decided = [
            one for one in await at.house.desk.story("default", asked["plan_id"]) if "approved" in one.entry.type
        ]
        assert [(one.envelope["by"], one.envelope["principal"]) for one in decided] == [("page", "local")]


async def test_a_refusal_and_its_reason_reach_the_agent_as_data(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        answer = await (await look(at.browser.opened[0])).refuse('She <b>left</b>\u202e; "wait"\nfor March')
        assert "<h1>Refused</h1>" in answer.text
        call = {"person_id": "p1", "changes": TITLE, "plan_id": asked["plan_id"]}
        refused = await at.client.call_tool("update_stardex_person", call)
        assert refused.is_error
        (content,) = refused.content
        assert content.type == "text"
        assert content.text.startswith("A person refused this change")
        assert content.text.endswith(r'Why, in their words: "She left; \"wait\" for March"')
        assert at.stardex.written == []


async def test_a_reason_is_sealed_and_goes_with_the_person_it_is_about(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        await (await look(at.browser.opened[0])).refuse("canary-reason")
        assert await at.house.desk.reason("default", asked["plan_id"]) == "canary-reason"
        assert not holds(tmp_path, "canary-reason")
        marked = await at.house.eraser.mark("default", ["stardex:p1"])
        await at.house.eraser.erase("default", marked, by="local")
        assert await at.house.desk.reason("default", asked["plan_id"]) is None


async def test_the_address_is_in_nothing_that_the_agent_or_the_log_is_given(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        call = {"person_id": "p1", "changes": TITLE}
        result = await at.client.call_tool("update_stardex_person", call)
        (asked,) = await at.waiting()
        (address,) = at.browser.opened
        token = address.rpartition("/")[2]
        assert len(token) == 43
        assert token not in result.model_dump_json()
        assert "127.0.0.1" not in result.model_dump_json()
        assert "browser" in result.model_dump_json()
        assert holds(tmp_path, asked)
        assert not holds(tmp_path, token)


async def test_looking_decides_nothing_however_often_it_is_done(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        (address,) = at.browser.opened
        assert await look(address) == await look(address)
        assert (await request("HEAD", address)).status_code == 405
        assert await at.waiting() == [asked["plan_id"]]


async def test_the_page_loads_nothing_is_framed_by_nobody_and_kept_nowhere(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        await at.ask()
        page = await look(at.browser.opened[0])
        answers = [
            await request("GET", page.address),
            await request("GET", f"{page.origin}/"),
            await page.send(decision="?"),
            await page.approve(),
            await page.approve(),
        ]
    (sheet,) = re.findall("<style>(.*?)</style>", page.text, re.DOTALL)
    digest = b64encode(sha256(sheet.encode()).digest()).decode()
    assert [answer.status_code for answer in answers] == [200, 404, 400, 200, 410]
    for answer in answers:
        sent = {name: value for name, value in answer.headers.items() if name not in ("date", "content-length")}
        cookie = sent.pop("set-cookie", None)
        assert sent == {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'",
            "x-frame-options": "DENY",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cache-control": "no-store",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "x-robots-tag": "noindex",
        }
        assert (cookie is not None) == (answer is answers[0])
    path = page.address.removeprefix(page.origin)
    assert re.fullmatch(
        f"talent-mcp-approval=[0-9a-f]{{64}}; HttpOnly; Max-Age=600; Path={path}; SameSite=strict",
        answers[0].headers["set-cookie"],
    )
    assert not re.search(r"<script|<img|<link|<iframe|\bon\w+=|src=|url\(", page.text)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": ""}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "http://localhost:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Cookie": ""}, 403),
        ({"Cookie": "talent-mcp-approval=" + "0" * 64}, 403),
        ({"Cookie": "talent-mcp-approval="}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "localhost"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/json"}, 415),
        ({"Content-Type": "multipart/form-data"}, 415),
    ],
    ids=str,
)
async def test_what_a_page_of_somebody_else_can_send_decides_nothing(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        page = await look(at.browser.opened[0])
        assert (await page.send(headers=headers, decision="approve")).status_code == status
        assert await at.waiting() == [asked["plan_id"]]
        assert (await page.approve()).status_code == 200, "what was refused has not used the address up"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"form": "", "decision": "approve"}, 403),
        ({"form": "0" * 64, "decision": "approve"}, 403),
        ({"form": "\u00e9", "decision": "approve"}, 403),
        ({"decision": "yes"}, 400),
        ({}, 400),
        ({"decision": "refuse", "reason": "a" * 20_000}, 413),
        ({"decision": "approve", **{f"f{number}": "" for number in range(20)}}, 400),
    ],
)
async def test_what_is_not_the_form_of_the_page_decides_nothing(
    tmp_path: Path, fields: dict[str, str], status: int
) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        page = await look(at.browser.opened[0])
        assert (await page.send(None, **fields)).status_code == status
        assert await at.waiting() == [asked["plan_id"]]


async def test_a_field_that_is_sent_twice_decides_nothing(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        page = await look(at.browser.opened[0])
        body = f"form={page.hidden['form']}&decision=refuse&decision=approve"
        sent = {"Origin": page.origin, "Cookie": page.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        assert (await request("POST", page.address, sent, content=body.encode())).status_code == 400
        assert await at.waiting() == [asked["plan_id"]]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"])
async def test_only_the_form_of_the_page_is_a_decision(tmp_path: Path, method: str) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        page = await look(at.browser.opened[0])
        sent = {"Origin": page.origin, "Cookie": page.cookie}
        decision = {**page.hidden, "decision": "approve"}
        assert (await request(method, page.address, sent, data=decision)).status_code == 405
        assert (await request("GET", page.address, sent, params=decision)).status_code == 200
        assert await at.waiting() == [asked["plan_id"]]


async def test_a_page_in_a_frame_is_not_shown(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        await at.ask()
        for place in ("iframe", "object", "embed", "image", "empty"):
            assert (await request("GET", at.browser.opened[0], {"Sec-Fetch-Dest": place})).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", "[::1]"])
async def test_a_name_that_was_bent_to_this_computer_is_shown_nothing(tmp_path: Path, host: str) -> None:
    async with desktop(tmp_path) as at:
        await at.ask()
        answer = await request("GET", at.browser.opened[0], {"Host": host})
    assert (answer.status_code, "Ada Li" in answer.text, "set-cookie" in answer.headers) == (421, False, False)


async def test_nothing_is_at_an_address_that_was_not_given_out(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        page = await look(at.browser.opened[0])
        for path in ("", "/", "/plans/", f"/plans/{asked['plan_id']}", "/plans/" + "A" * 43, "/plans/../x"):
            assert (await request("GET", page.origin + path)).status_code == 404
            forged = {"Origin": page.origin, "Cookie": page.cookie}
            answer = await request("POST", page.origin + path, forged, data={**page.hidden, "decision": "approve"})
            assert answer.status_code == 404
        assert await at.waiting() == [asked["plan_id"]]


async def test_an_address_works_once(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        page = await look(at.browser.opened[0])
        assert (await page.refuse()).status_code == 200
        for again in (await page.approve(), await page.refuse(), await request("GET", page.address)):
            assert (again.status_code, "Decided already" in again.text) == (410, True)
        plan = await at.house.desk.plan("default", asked["plan_id"])
        assert plan is not None
        assert plan.state == "refused"


async def test_of_two_decisions_at_once_one_counts(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        await at.ask()
        page, answers = await look(at.browser.opened[0]), list[int]()

        async def decide() -> None:
            answers.append((await page.approve()).status_code)

        async with anyio.create_task_group() as together:
            for _ in range(8):
                together.start_soon(decide)
    assert sorted(answers) == [200] + [410] * 7


async def test_an_address_is_good_for_ten_minutes(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        page = await look(at.browser.opened[0])
        at.clock.now += 601
        for late in (await page.approve(), await request("GET", page.address)):
            assert (late.status_code, "ten minutes" in late.text) == (410, True)
        assert await at.waiting() == [asked["plan_id"]]
        again = await at.ask(plan_id=asked["plan_id"])
        assert again["plan_id"] == asked["plan_id"]
        assert len(at.browser.opened) == 2, "the plan still waits, at another address"
        assert (await (await look(at.browser.opened[1])).approve()).status_code == 200


async def test_what_was_decided_elsewhere_is_said_and_not_decided_again(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        page = await look(at.browser.opened[0])
        await at.house.desk.decide("default", asked["plan_id"], "refused", by="terminal", principal="local")
        late = await request("GET", page.address)
        assert (late.status_code, "refused already" in late.text) == (410, True)
        assert (await page.approve()).status_code == 410


async def test_two_plans_at_once_each_have_their_own_page(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        first, second = await at.ask(title="Group CFO"), await at.ask(title="CEO")
        one, two = [await look(address) for address in at.browser.opened]
        mixed = Page(one.address, one.text, two.cookie, one.hidden), Page(one.address, one.text, one.cookie, two.hidden)
        for crossed in mixed:
            assert (await crossed.approve()).status_code == 403
        assert (await two.approve()).status_code == 200
        assert await at.waiting() == [first["plan_id"]]
        assert (await at.ask(title="CEO", plan_id=second["plan_id"]))["status"] == "saved"
        assert at.stardex.written == [{"current_job_title": "CEO"}]


async def test_a_repeated_call_opens_no_second_window(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        asked = await at.ask()
        assert await at.ask() == asked
        assert await at.ask(plan_id=asked["plan_id"]) == asked
        assert len(at.browser.opened) == 1


async def test_an_agent_with_many_plans_does_not_fill_the_screen(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        told = [(await at.ask(title=f"CFO {number}"))["next"] for number in range(7)]
        assert len(at.browser.opened) == 5
        assert ["browser" in text for text in told] == [True] * 5 + [False] * 2
        assert all("talent-mcp approve" in text for text in told)


async def test_what_a_record_holds_is_shown_and_is_no_part_of_the_page(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        at.stardex.record["name"] = '<script>alert(1)</script>"\u202eAda'
        await at.ask(title='</ins></td><form action="//evil.example"><button>Approve\u200b')
        page = await look(at.browser.opened[0])
    assert "<script" not in page.text
    assert page.text.count("<form") == 2
    assert "&lt;form action=" in page.text
    assert r"Approve\u{200b}" in page.text
    assert r"\u{202e}Ada" in page.text


async def test_a_log_that_cannot_be_written_leaves_the_address_good(tmp_path: Path) -> None:
    with failing_disk() as disk:
        async with desktop(tmp_path) as at:
            asked = await at.ask()
            page = await look(at.browser.opened[0])
            disk.fault = apsw.FullError
            failed = await page.approve()
            assert (failed.status_code, "Nothing was decided" in failed.text) == (503, True)
            disk.fault = None
            assert await at.waiting() == [asked["plan_id"]]
            assert (await page.approve()).status_code == 200


async def test_a_browser_that_does_not_open_leaves_the_terminal(tmp_path: Path) -> None:
    async with desktop(tmp_path, Browser(works=False)) as at:
        asked = await at.ask()
    assert "talent-mcp approve" in asked["next"]
    assert "browser" not in asked["next"]


async def test_a_browser_that_hangs_holds_no_call_up(tmp_path: Path) -> None:
    class Hanging(Browser):
        async def __call__(self, address: str) -> bool:
            await anyio.sleep_forever()
            return True

    call = {"person_id": "p1", "changes": TITLE}
    async with desktop(tmp_path, Hanging()) as at:
        caller = local_caller("memory", None)

        async def made(arguments: Mapping[str, Any], seconds: float) -> Completed:
            return await at.house.gate.call("update_stardex_person", arguments, caller, seconds=seconds)

        asking = replace(at.house.asking, offer_seconds=0.05)
        with anyio.fail_after(30):
            answer = await asking.run(made, call, None, caller)
            again = await asking.run(made, call, None, caller)
    for told in (answer, again):
        assert isinstance(told, Completed)
        assert "browser" not in str(told.content), "nobody was shown the page"


async def test_a_port_that_is_taken_leaves_the_terminal(tmp_path: Path) -> None:
    async with desktop(tmp_path / "first") as first:
        await first.ask()
        port = int(first.browser.opened[0].rpartition(":")[2].partition("/")[0])
        async with desktop(tmp_path / "second", approval_page_port=port) as second:
            assert "browser" not in (await second.ask())["next"]
            assert second.browser.opened == []


async def test_an_operator_can_do_without_the_page(tmp_path: Path) -> None:
    async with desktop(tmp_path, approval_page="off") as at:
        asked = await at.ask()
        assert (at.browser.opened, "browser" in asked["next"]) == ([], False)


async def test_nothing_listens_once_the_server_has_ended(tmp_path: Path) -> None:
    async with desktop(tmp_path) as at:
        await at.ask()
        (address,) = at.browser.opened
        await look(address)
    port = int(address.rpartition(":")[2].partition("/")[0])
    with pytest.raises(OSError, match="attempts failed"):
        await anyio.connect_tcp("127.0.0.1", port)


async def test_credits_are_decided_on_at_the_page_too(tmp_path: Path) -> None:
    browser, settings = Browser(), settings_in(tmp_path, ask_above=Decimal(1))
    dear = {"person": {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}, "reveal_phones": True}
    async with (
        open_sandbox_house(settings, open_page=browser) as (house, sandbox),
        JudgedClient(house.server("memory")) as client,
    ):
        told = str((await client.call_tool("enrich_person", dear)).content)
        assert "a person decides" in told
        assert "It is open in the browser" in told
        page = await look(browser.opened[0])
        assert re.search(r"<h1>Spend up to [\d.]+ credits for enrich_person</h1>", page.text)
        assert "Let it spend this" in page.text
        assert "<table>" not in page.text
        await page.refuse("too dear")
        (refused,) = (await client.call_tool("enrich_person", dear)).content
        assert refused.type == "text"
        assert refused.text.endswith('Why, in their words: "too dear"')
        paid = [one for one in sandbox.requests if one.path.endswith("/enrich/person")]
    assert paid == []
