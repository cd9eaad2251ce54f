"""The lock in front of the file: one holder at a time, threads of one process included, and none for ever."""

import os
import stat
import threading
from pathlib import Path

import pytest

from talent_mcp.store.turns import Turns


def test_another_process_waits_for_its_turn_and_says_when_it_does_not_come(tmp_path: Path) -> None:
    first, second = Turns(tmp_path / "lock"), Turns(tmp_path / "lock")
    with first.turn(1), pytest.raises(TimeoutError), second.turn(0.01):
        raise AssertionError("two held it")
    with second.turn(1):
        pass


def test_threads_of_one_process_take_turns_too(tmp_path: Path) -> None:
    turns, held, together = Turns(tmp_path / "lock"), threading.Lock(), 0

    def hold() -> None:
        nonlocal together
        for _ in range(50):
            with turns.turn(30):
                together += not held.acquire(blocking=False)
                os.sched_yield()
                held.release()

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == 0


def test_a_thread_that_never_gets_its_turn_says_so(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "lock")
    with turns.turn(1), pytest.raises(TimeoutError), turns.turn(0.01):
        raise AssertionError("two held it")


def test_a_deleted_lock_file_does_not_let_two_in(tmp_path: Path) -> None:
    first, second = Turns(tmp_path / "lock"), Turns(tmp_path / "lock")
    with first.turn(1):
        pass
    (tmp_path / "lock").unlink()
    with first.turn(1), pytest.raises(TimeoutError), second.turn(0.01):
        raise AssertionError("two held it")


def test_a_link_in_place_of_the_lock_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="lock"), Turns(tmp_path / "lock").turn(1):
        raise AssertionError("it was followed")
    assert not (tmp_path / "elsewhere").exists()


def test_the_lock_file_is_private_and_can_be_closed_and_used_again(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "lock")
    for _ in range(2):
        with turns.turn(1):
            assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600
        turns.close()
