"""What is remembered of the newest calls is taken once, and has an end."""

from talent_mcp.audit.recent import MOST_BYTES, RecentCall, RecentCalls


def test_a_call_is_taken_once_when_it_has_ended() -> None:
    recent = RecentCalls()
    recent.asked("a", {"arguments": 1}, 10)
    assert recent.take("a") is None
    recent.brought("a", {"result": 2}, 10)
    assert recent.take("a") == RecentCall({"arguments": 1}, {"result": 2})
    assert recent.take("a") is None


def test_what_came_of_a_call_whose_beginning_is_unknown_is_not_kept() -> None:
    recent = RecentCalls()
    recent.brought("a", {"result": 2}, 10)
    assert recent.take("a") is None


def test_the_oldest_make_room_for_newer_ones_however_many_were_taken_before() -> None:
    recent = RecentCalls()
    for _ in range(3):
        recent.asked("taken", None, MOST_BYTES // 2)
        recent.brought("taken", None, MOST_BYTES // 2)
        assert recent.take("taken") is not None
    names = [str(number) for number in range(5)]
    for name in names:
        recent.asked(name, None, MOST_BYTES // 8)
        recent.brought(name, None, MOST_BYTES // 8)
    assert [name for name in names if recent.take(name) is None] == ["0"]


def test_what_is_too_large_is_not_kept() -> None:
    recent = RecentCalls()
    recent.asked("small", None, 1)
    recent.asked("large", None, 1)
    recent.brought("small", None, 1)
    recent.brought("large", None, MOST_BYTES)
    assert recent.take("large") is None


def test_nothing_is_left_of_what_is_forgotten() -> None:
    recent = RecentCalls()
    for name in "ab":
        recent.asked(name, None, 10)
    recent.brought("a", None, 10)
    recent.forget()
    recent.brought("b", None, 10)
    assert recent.take("a") is None
    assert recent.take("b") is None
