"""People and requests in the audit log: keyed pseudonyms, so that neither name nor argument stands in an envelope."""

import hmac
import json
from collections.abc import Iterable
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from pydantic import JsonValue

from talent_mcp.errors import StoreUnavailable
from talent_mcp.private_files import create_private_file

KEY_BYTES = 32
PSEUDONYM_BYTES = 16


class Pseudonyms:
    """HMAC-SHA256 under a key that lies beside the log, not in it: a copied log alone names nobody.

    The key is made at first use, in a file of mode 0600.
    """

    def __init__(self, key_path: Path) -> None:
        self._key_path = key_path

    def of(self, subjects: Iterable[str]) -> list[str]:
        """The pseudonym of each subject (`kind:normalised identifier`), in order, without repeats.

        Raises:
            StoreUnavailable: the key can be neither read nor made.
        """
        return list(dict.fromkeys(self._one(subject) for subject in subjects))

    def of_request(self, tool: str, arguments: JsonValue) -> str:
        """The pseudonym of what a call asks for: one for the same tool and arguments, whatever order they are in.

        Raises:
            StoreUnavailable: the key can be neither read nor made.
        """
        # No subject is of this kind, so that none has the pseudonym of a request.
        return self._digest(f"request:{canonical_json([tool, arguments])}")

    def _one(self, subject: str) -> str:
        kind = subject.partition(":")[0]
        return f"{kind}:{self._digest(subject)}"

    def _digest(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), sha256)[:PSEUDONYM_BYTES].hex()

    @cached_property
    def _key(self) -> bytes:
        try:
            if not self._key_path.exists():
                create_private_file(self._key_path, token_bytes(KEY_BYTES))
            key = self._key_path.read_bytes()
        except OSError as error:
            raise StoreUnavailable("the key for pseudonyms can be neither read nor made") from error
        if len(key) != KEY_BYTES:
            raise StoreUnavailable(f"the key for pseudonyms is damaged: it has not {KEY_BYTES} bytes")
        return key


def canonical_json(value: JsonValue) -> str:
    """One text for one value: names sorted, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
