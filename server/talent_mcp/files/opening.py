"""Files as the model names them: by the handle of one that a person added, or by a path in an allowed folder."""

from talent_mcp.files.allowed import AllowedFiles
from talent_mcp.files.shelf import PREFIX, FileShelf
from talent_mcp.identity import Caller
from talent_tools.files import File, OpenFile


class OpenFiles:
    """Opens what a caller names, from the shelf of the caller's tenant or from the allowed folders."""

    def __init__(self, allowed: AllowedFiles, shelf: FileShelf) -> None:
        self._allowed = allowed
        self._shelf = shelf

    def of(self, caller: Caller) -> OpenFile:
        async def open_file(named: str, /, *, limit: int) -> File:
            if named.startswith(PREFIX):
                return await self._shelf.open(caller.tenant, named, limit=limit)
            return await self._allowed(named, limit=limit)

        return open_file
