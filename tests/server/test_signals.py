"""Signals as cancellation: what runs inside ends, and what is raised inside comes out as it is."""

import os
import signal

import anyio
import pytest

from talent_mcp.signals import on_signal

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_cancels_what_runs_inside(number: signal.Signals) -> None:
    ended = False
    async with on_signal():
        os.kill(os.getpid(), number)
        await anyio.sleep_forever()
        ended = True
    assert not ended


async def test_a_signal_can_do_something_else() -> None:
    told = anyio.Event()
    with anyio.fail_after(10):
        async with on_signal(told.set):
            os.kill(os.getpid(), signal.SIGTERM)
            await told.wait()


async def test_what_is_raised_inside_comes_out_as_it_is() -> None:
    with pytest.raises(ValueError, match="plain"):
        async with on_signal():
            raise ValueError("plain")
