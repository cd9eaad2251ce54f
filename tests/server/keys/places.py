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
