"""`python -m tests.server.tasks.serving GRACE FIRST_LOOK LEASE`: our server on stdio, asking again at once."""

import os
import sys

import anyio

from talent_mcp.app import open_house
from talent_mcp.settings import load_settings
from talent_mcp.tasks.times import TaskTimes
from talent_mcp.transports.stdio import serve_stdio


async def serve(grace: float, first_look: float, lease: float) -> None:
    times = TaskTimes(grace=grace, interval=0, lease=lease, first_look=first_look)
    async with open_house(load_settings(os.environ), os.environ, task_times=times) as house:
        await serve_stdio(house.server("stdio"))


if __name__ == "__main__":
    anyio.run(serve, float(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
