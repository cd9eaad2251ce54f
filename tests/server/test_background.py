"""Background work ends with its process and hides nobody's failure."""

import anyio
import pytest

from talent_mcp.background import background_work

pytestmark = pytest.mark.anyio


async def fail(error: Exception) -> None:
    raise error


async def failing_work(*errors: Exception) -> None:
    async with background_work() as background:
        for error in errors:
            background.start_soon(fail, error)
        await anyio.sleep_forever()


async def test_it_is_cancelled_when_the_body_ends() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("work")

    async with background_work() as background:
        background.start_soon(work)
        await anyio.lowlevel.checkpoint()
    assert ended == ["work"]


async def test_what_the_body_raises_comes_out_as_itself() -> None:
    error = KeyError("one")
    with pytest.raises(KeyError) as caught:
        async with background_work():
            raise error
    assert caught.value is error


async def test_what_the_work_raises_comes_out_as_itself() -> None:
    with pytest.raises(KeyError):
        await failing_work(KeyError("one"))


async def test_several_failures_stay_together() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        await failing_work(KeyError("one"), KeyError("two"))
    assert len(caught.value.exceptions) == 2
