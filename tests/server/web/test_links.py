"""One-time addresses: random, bound to their plan, ten minutes and no longer than the plan, and not without end."""

from talent_mcp.web.links import LINK_SECONDS, MOST_LINKS, Links
from tests.server.approvals.records import NOW

FAR = NOW + 3_600


def test_an_address_is_found_by_its_token_alone() -> None:
    links = Links(lambda: NOW)
    token, other = links.issue("t", "p1", "d1", until=FAR), links.issue("t", "p2", "d2", until=FAR)
    found = links.find(token)
    assert found is not None
    assert (found.plan_id, found.digest) == ("p1", "d1")
    assert links.find(token[:-1]) is links.find("") is links.find("p1") is None
    assert token != other
    assert token not in repr(vars(links))


def test_an_address_ends_with_its_plan() -> None:
    now = [NOW]
    links = Links(lambda: now[0])
    soon, late = links.issue("t", "p1", "d", until=NOW + 5), links.issue("t", "p2", "d", until=FAR)
    now[0] = NOW + 5
    assert [links.state(link) for link in map(links.find, (soon, late)) if link] == ["expired", "open"]
    assert (links.waits("t", "p1"), links.waits("t", "p2"), links.waits("other", "p2")) == (False, True, False)
    now[0] = NOW + LINK_SECONDS
    assert links.count_open() == 0


def test_the_oldest_address_makes_room() -> None:
    links = Links(lambda: NOW)
    tokens = [links.issue("t", f"p{number}", "d", until=FAR) for number in range(MOST_LINKS + 1)]
    assert links.find(tokens[0]) is None
    assert links.count_open() == MOST_LINKS


def test_secrets_of_an_address_differ_by_purpose_address_and_process() -> None:
    links, others = Links(lambda: NOW), Links(lambda: NOW)
    made = {
        one.secret(token, purpose) for one in (links, others) for token in ("a", "b") for purpose in ("form", "cookie")
    }
    assert len(made) == 8
