"""Opening an address in the browser of the person at this computer."""

import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping

import anyio

OpenPage = Callable[[str], Awaitable[bool]]
"""Shows an address to the person at this computer; whether it could."""

OPEN_SECONDS = 4.0
"""A browser that takes longer to start is left to it."""
PROGRAM = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.stdin.readline().strip()))"
"""In a process of its own: some browsers write to standard output, and wait."""
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")
NEEDED = (
    *SCREENS, "APPDATA", "BROWSER", "COMSPEC", "DBUS_SESSION_BUS_ADDRESS", "DESKTOP_SESSION", "HOME", "HOMEDRIVE",
    "HOMEPATH", "LANG", "LOCALAPPDATA", "LOGNAME", "PATH", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)",
    "SYSTEMROOT", "TEMP", "TMP", "USER", "USERNAME", "USERPROFILE", "XAUTHORITY", "XDG_CONFIG_HOME",
    "XDG_CURRENT_DESKTOP", "XDG_DATA_DIRS", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_SESSION_TYPE",
)  # fmt: skip
"""All that a browser is given of the environment, which may hold keys."""


def browser_of(environment: Mapping[str, str], platform: str = sys.platform) -> OpenPage | None:
    """What opens the browser; None where there is no screen that a person could look at."""
    windows_or_mac = platform in ("win32", "darwin")
    if not windows_or_mac and not any(environment.get(screen) for screen in SCREENS):
        # A browser for terminals would take this process's own.
        return None
    passed_on = {name: value for name, value in environment.items() if name.upper() in NEEDED}

    async def open_page(address: str) -> bool:
        with anyio.move_on_after(OPEN_SECONDS):
            ended = await anyio.run_process(
                [sys.executable, "-I", "-c", PROGRAM],
                input=address.encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                env=passed_on,
                start_new_session=True,
            )
            return ended.returncode == 0
        return True

    return open_page
