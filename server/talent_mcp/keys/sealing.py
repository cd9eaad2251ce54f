"""Sealed bytes: encrypted, authenticated, and bound to the one place that they belong to. Pure but for the nonce.

AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits: one key may seal 2**32 times, which no key here comes
near. What is sealed is a format byte, the nonce, and the ciphertext with its tag.
"""

from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from talent_mcp.credentials.secret import SecretKey
from talent_mcp.errors import KeysUnavailable

FORMAT = 1
KEY_BYTES = 32
NONCE_BYTES = 12

Part = str | int


class DoesNotOpen(KeysUnavailable):
    """What was sealed was changed or moved, or another key sealed it."""


def new_key() -> SecretKey:
    """A random key of 256 bits."""
    return SecretKey(token_bytes(KEY_BYTES))


def seal(key: SecretKey, plain: SecretKey, *place: Part) -> bytes:
    """Encrypt, so that it opens with this key and at this place only."""
    nonce = token_bytes(NONCE_BYTES)
    return bytes([FORMAT]) + nonce + AESGCM(key.reveal()).encrypt(nonce, plain.reveal(), canonical(FORMAT, *place))


def opened(key: SecretKey, sealed: bytes, *place: Part) -> SecretKey:
    """What was sealed with this key at this place.

    Raises:
        DoesNotOpen: it was not, or it was changed since.
    """
    if sealed[:1] != bytes([FORMAT]):
        raise DoesNotOpen("it is damaged, or was written by a newer version of talent-mcp")
    nonce, encrypted = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return SecretKey(AESGCM(key.reveal()).decrypt(nonce, encrypted, canonical(FORMAT, *place)))
    except (InvalidTag, ValueError):
        # ValueError: too short to hold a nonce.
        problem = "it was changed, or moved from where it was sealed"
    raise DoesNotOpen(problem)


def canonical(*parts: Part) -> bytes:
    """The parts as bytes that no other parts give: each with its kind and its length before it."""
    return b"".join(written(part) for part in parts)


def written(part: Part) -> bytes:
    kind, content = (b"i", b"%d" % part) if isinstance(part, int) else (b"s", part.encode("utf-8", "surrogatepass"))
    return kind + len(content).to_bytes(8, "big") + content
