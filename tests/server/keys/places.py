"""Places for master keys in tests."""

from pathlib import Path

from talent_mcp.credentials.secret import SecretKey
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.sealing import new_key


class MemoryPlace:
    """Keeps a key in memory; `problem` is what it fails with."""

    def __init__(self, key: SecretKey | None = None, problem: str | None = None) -> None:
        self.key = key
        self.problem = problem
        self.read_times = 0

    @property
    def name(self) -> str:
        return "a place of this test"

    async def read(self) -> SecretKey | None:
        self.read_times += 1
        if self.problem is not None:
            raise KeysUnavailable(self.problem)
        return self.key

    async def make(self) -> None:
        self.key = self.key or new_key()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def files_with(folder: Path, *contents: bytes) -> list[str]:
    """The files below a folder that hold one of these."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(content in path.read_bytes() for content in contents)]
