"""The server's own files and folders, known by whatever name somebody reaches them: they are never sent."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path


class OwnFiles:
    """What is, or lies in, one of these places, which need not be there yet.

    Every method raises ValueError for what is the server's own.
    """

    def __init__(self, places: Sequence[Path]) -> None:
        self._places = places

    def refuse(self, asked: Path) -> None:
        """Refuse a path, without opening anything."""
        place = asked.resolve()
        way = [place, *place.parents]
        if any(resolved(own) in way for own in self._places):
            raise ValueError("the server's own")
        # By another name too: another case, a hard link, a folder that is mounted twice.
        self.refuse_same(known(way))

    def refuse_same(self, found: Iterable[os.stat_result]) -> None:
        """Refuse what the file system says is the same as one of the places, or as a file in one."""
        own = [*known(map(resolved, self._places))]
        for one in found:
            # Only a file with several names can be one of ours elsewhere; so the places are seldom searched.
            others = [*own, *self._files()] if has_names(one) else own
            if any(os.path.samestat(one, other) for other in others):
                raise ValueError("the server's own")

    def _files(self) -> Iterator[os.stat_result]:
        for place in self._places:
            yield from known(resolved(place).rglob("*"))


def has_names(one: os.stat_result) -> bool:
    """Whether it is a file that goes by more than one name."""
    return stat.S_ISREG(one.st_mode) and one.st_nlink > 1


def resolved(path: Path) -> Path:
    with suppress(RuntimeError):
        path = path.expanduser()
    return path.resolve()


def known(paths: Iterable[Path]) -> Iterator[os.stat_result]:
    """What the file system says of those that are there."""
    for path in paths:
        with suppress(OSError):
            yield path.stat()
