"""A real Chromium, driven over its debugging pipe (CDP): nothing is installed beside the browser itself."""

import fcntl
import json
import os
import sys
from base64 import b64decode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL
from typing import Any, BinaryIO

import anyio
import anyio.lowlevel
import anyio.to_thread

from tests.faults.programs import require

ANSWER_SECONDS = 60
HIGH = 10
"""A descriptor from here on cannot be one of the two that the browser reads and writes."""
START = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",  # a container's root has no other way
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--host-resolver-rules=MAP evil.example 127.0.0.1",
)


class Wrong(Exception):
    """The browser refused a command."""


class Left(Wrong):
    """The page that a command was for went away while the browser looked at it."""


LEFT = "Inspected target navigated or closed"


@dataclass(slots=True)
class Chromium:
    """One browser process. Commands are made one after another."""

    commands: BinaryIO
    answers: BinaryIO
    number: int = 0
    held: bytearray = field(default_factory=bytearray)

    async def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """What a command answers; events that come before it are let go.

        Raises:
            Left: the page went away meanwhile.
            Wrong: the browser refused.
        """
        self.number += 1
        asked: dict[str, Any] = {"id": self.number, "method": method, "params": parameters}
        if session is not None:
            asked["sessionId"] = session
        await anyio.to_thread.run_sync(self.commands.write, json.dumps(asked).encode() + b"\0")
        with anyio.fail_after(ANSWER_SECONDS):
            while True:
                told = json.loads(await anyio.to_thread.run_sync(self._message, abandon_on_cancel=True))
                if told.get("id") == self.number:
                    break
        if "error" in told:
            message = told["error"]["message"]
            raise (Left if message == LEFT else Wrong)(f"{method}: {message}")
        return dict(told["result"])

    def _message(self) -> bytes:
        while b"\0" not in self.held:
            piece = os.read(self.answers.fileno(), 65_536)
            if not piece:
                raise Wrong("the browser has ended")
            self.held += piece
        message, _, rest = bytes(self.held).partition(b"\0")
        self.held = bytearray(rest)
        return message

    async def open(self, address: str) -> "Tab":
        """A new tab at an address."""
        target = (await self.call("Target.createTarget", url="about:blank"))["targetId"]
        session = (await self.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        tab = Tab(self, session)
        await tab.call("Page.enable")
        await tab.go(address)
        return tab

    async def frames(self) -> list[str]:
        """What a person reads in each frame that is a page of another site than the one around it."""
        targets = (await self.call("Target.getTargets", filter=[{"type": "iframe"}]))["targetInfos"]
        texts: list[str] = []
        for target in targets:
            attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
            tab = Tab(self, attached["sessionId"])
            await tab.ready()
            texts.append(await tab.text())
        return texts


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab; `script` is run by the debugger, whatever the page's policy."""

    browser: Chromium
    session: str

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return await self.browser.call(method, self.session, **parameters)

    async def go(self, address: str) -> None:
        """Go to an address, and wait until it is there."""
        await self.call("Page.navigate", url=address)
        await self.ready()

    async def ready(self) -> None:
        """Wait until the page is loaded that is on its way."""
        await self._until("document.readyState === 'complete' && !location.href.startsWith('about:')")

    async def script(self, expression: str) -> Any:
        told = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return told["result"].get("value")

    async def text(self) -> str:
        """What a person reads."""
        return str(await self.script("document.body.innerText"))

    async def click(self, selector: str) -> None:
        """Click in the middle of an element, as a hand does, and wait for the page that follows."""
        place = f"document.querySelector({json.dumps(selector)})"
        await self.script(f"{place}.scrollIntoView({{block: 'center'}}); window.left = true")
        box = await self.script(
            f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])({place}.getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            with suppress(Left):
                await self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)
        await self.left()

    async def left(self) -> None:
        """Wait until another page is there than the one that was marked."""
        await self._until("window.left !== true && document.readyState === 'complete'")

    async def _until(self, expression: str) -> None:
        """Wait until this holds of the page that is there then."""
        with anyio.fail_after(ANSWER_SECONDS):
            while True:
                with suppress(Left):
                    if await self.script(expression):
                        return
                await anyio.lowlevel.checkpoint()

    async def press(self, key: str, code: int, text: str = "") -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            with suppress(Left):  # what the key or the button did may have ended the page
                await self.call(
                    "Input.dispatchKeyEvent",
                    type=kind,
                    key=key,
                    windowsVirtualKeyCode=code,
                    text=text if kind == "keyDown" else "",
                )

    async def write(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def screen(self, *, width: int, height: int, scheme: str) -> None:
        """A screen of this size, in a `light` or `dark` room."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        await self.call("Emulation.setEmulatedMedia", features=features)

    async def picture(self) -> bytes:
        """The whole page, as PNG."""
        return b64decode((await self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True))["data"])


@asynccontextmanager
async def chromium(folder: Path) -> AsyncGenerator[Chromium]:
    """A browser with nothing in it, which keeps what it writes in this folder."""
    program = require("chromium")
    (to_browser, commands), (answers, from_browser) = os.pipe(), os.pipe()
    given = [fcntl.fcntl(each, fcntl.F_DUPFD, HIGH) for each in (to_browser, from_browser)]
    process = await anyio.open_process(
        [
            sys.executable,
            "-I",
            "-c",
            START,
            *map(str, given),
            program,
            *FLAGS,
            f"--user-data-dir={folder / 'chromium'}",
        ],
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=DEVNULL,
        pass_fds=given,
    )
    for each in (to_browser, from_browser, *given):
        os.close(each)
    with os.fdopen(commands, "wb", buffering=0) as writing, os.fdopen(answers, "rb", buffering=0) as reading:
        async with process:
            browser = Chromium(writing, reading)
            try:
                yield browser
            finally:
                with anyio.CancelScope(shield=True):
                    await browser.call("Browser.close")
                    await process.wait()
