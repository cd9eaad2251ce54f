"""One spelling for each way to reach a person or a company; pure, and never a network look-up."""

import re
import unicodedata
from urllib.parse import SplitResult, unquote, urlsplit

_LINKEDIN_HOST = re.compile(r"(?:[a-z0-9-]+\.)?linkedin\.com", re.ASCII | re.IGNORECASE)
_BLANK = re.compile(r"\s")
_WWW = re.compile(r"(?:www\.)*+")
_LONGEST = 2_000
"""More characters are no address of anybody; to normalise them could take minutes."""
_HANDLE_EXTRAS = frozenset("-_'’&")
_HANDLE_CATEGORIES = ("L", "M", "N", "So", "Sk")


def linkedin_handle(text: str) -> str | None:
    """The lower-case handle of a person's profile, from its URL (`/in/` only) or from the handle itself."""
    trimmed = text.strip()
    if len(trimmed) > _LONGEST:
        return None
    if "/" not in trimmed and "." not in trimmed:
        return _slug(trimmed)
    address = _split(trimmed if "://" in trimmed else f"https://{trimmed}")
    if address is None or address.scheme not in ("http", "https"):
        return None
    # The whole authority has to match: that also refuses user names, ports and look-alike hosts.
    if not _LINKEDIN_HOST.fullmatch(address.netloc):
        return None
    kind, _, rest = address.path.removeprefix("/").partition("/")
    return _slug(rest.partition("/")[0]) if kind.lower() == "in" else None


def host_name(text: str) -> str:
    """The bare lower-case host of a URL, of a host with `www.`, or of a host; other text only in lower case."""
    trimmed = text.strip()
    if len(trimmed) > _LONGEST:
        return trimmed.lower()
    address = _split(trimmed if "://" in trimmed or trimmed.startswith("//") else f"//{trimmed}")
    host = address.hostname if address else None
    if not host or _BLANK.search(host):
        return trimmed.lower()
    return _without_www(host.lower().rstrip("."))


def email_key(text: str) -> str | None:
    """The whole address in lower case, for comparing and for pseudonyms; None if it is no address."""
    # Imported here: start-up must not pay for it.
    from email_validator import EmailNotValidError, validate_email

    if len(text) > _LONGEST:
        return None
    try:
        address = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        return None
    return address.normalized.lower()


def phone_key(text: str, region: str | None = None) -> str | None:
    """The number in E.164, such as `+4930123456`; None if it is no number or needs a `region` to be one.

    An extension follows as in `+4930123456;ext=12`. `region` is an ISO 3166-1 alpha-2 code.
    """
    # Imported here: start-up must not pay for it.
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region.upper() if region else None)
    except phonenumbers.NumberParseException:
        return None
    if not number.national_number or not phonenumbers.is_possible_number(number):
        return None
    key = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{key};ext={number.extension}" if number.extension else key


def _without_www(host: str) -> str:
    """The host without any `www.` before it, but for one that it would be no host without."""
    begin = len(host) - len(_WWW.sub("", host, count=1))
    return host[begin:] if "." in host[begin:] else host[max(begin - len("www."), 0) :]


def _slug(text: str) -> str | None:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        return None
    slug = unicodedata.normalize("NFC", unicodedata.normalize("NFC", decoded).lower())
    # Punctuation alone, such as the dash that stands for "none", is nobody's profile.
    return slug if set(slug) - _HANDLE_EXTRAS and all(map(_allowed, slug)) else None


def _allowed(character: str) -> bool:
    return character in _HANDLE_EXTRAS or unicodedata.category(character).startswith(_HANDLE_CATEGORIES)


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None
