"""What is remembered of the newest calls is taken once, and has an end."""

from talent_mcp.audit.recent import MOST_CALLS, RecentCall, RecentCalls


def test_a_call_is_taken_once_when_it_has_ended() -> None:
    recent = RecentCalls()
    recent.asked("a", {"arguments": 1})
    assert recent.take("a") is None
    recent.brought("a", {"result": 2})
    assert recent.take("a") == RecentCall({"arguments": 1}, {"result": 2})
    assert recent.take("a") is None


def test_what_came_of_a_call_whose_beginning_is_unknown_is_not_kept() -> None:
    recent = RecentCalls()
    recent.brought("a", {"result": 2})
    assert recent.take("a") is None


def test_the_oldest_make_room_for_newer_ones() -> None:
    recent = RecentCalls()
    names = [str(number) for number in range(MOST_CALLS + 1)]
    for name in names:
        recent.asked(name, None)
        recent.brought(name, None)
    assert [name for name in names if recent.take(name) is None] == ["0"]
    for name in names:
        recent.asked(name, None)
    for name in names:
        recent.brought(name, None)
    assert [name for name in names if recent.take(name) is None] == ["0"]


def test_nothing_is_left_of_what_is_forgotten() -> None:
    recent = RecentCalls()
    for name in "ab":
        recent.asked(name, None)
    recent.brought("a", None)
    recent.forget()
    recent.brought("b", None)
    assert recent.take("a") is None
    assert recent.take("b") is None
