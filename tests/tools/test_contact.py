"""One spelling for each way to reach someone, and none for what only looks like one."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_tools.contact import email_key, host_name, linkedin_handle, phone_key

from .calls_made import calls_made


@pytest.mark.parametrize(
    "text",
    [
        "jane-doe",
        " Jane-Doe ",
        "https://www.linkedin.com/in/jane-doe",
        "http://linkedin.com/in/Jane-Doe/",
        "HTTPS://DE.LinkedIn.com/IN/JANE-DOE/?originalSubdomain=de#about",
        "www.linkedin.com/in/jane-doe/en",
        "linkedin.com/in/jane%2Ddoe/details/experience/",
    ],
)
def test_every_form_of_a_profile_leads_to_one_handle(text: str) -> None:
    assert linkedin_handle(text) == "jane-doe"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jane doe",
        "@jane",
        "linkedin.com",
        "https://linkedin.com.evil.io/in/jane",
        "https://evil-linkedin.com/in/jane",
        "https://evil.io/linkedin.com/in/jane",
        "https://linkedin.com@evil.io/in/jane",
        "https://user:pass@linkedin.com/in/jane",
        "https://www.linkedin.com:8443/in/jane",
        "https://evil.io\\.linkedin.com/in/jane",
        "https://l\u0456nkedin.com/in/jane",
        "https://linkedin\u3002com/in/jane",
        "https://[::1/in/jane",
        "ftp://www.linkedin.com/in/jane",
        "javascript://linkedin.com/in/jane",
        "https://www.linkedin.com/in/",
        "https://www.linkedin.com/in/a%2Fb",
        "https://www.linkedin.com/in/%ff",
        "https://www.linkedin.com/company/acme",
        "https://www.linkedin.com/pub/jane/1/2/3",
        "https://www.linkedin.com/sales/lead/ACwAAA",
    ],
)
def test_what_is_no_profile_has_no_handle(text: str) -> None:
    assert linkedin_handle(text) is None


def test_a_handle_in_any_script_has_one_spelling() -> None:
    assert linkedin_handle("https://www.linkedin.com/in/jos%C3%A9") == "jos\u00e9"
    assert linkedin_handle("https://www.linkedin.com/in/jose\u0301") == "jos\u00e9"
    assert linkedin_handle("JOS\u00c9") == "jos\u00e9"
    assert linkedin_handle("\u5f20\u4f1f-1") == "\u5f20\u4f1f-1"


@given(st.text(max_size=40))
def test_a_handle_is_its_own_handle(text: str) -> None:
    handle = linkedin_handle(text)
    assert handle is None or linkedin_handle(handle) == handle


@given(st.text(alphabet="linkedin.com/@:%?#\\evil -", max_size=60))
def test_only_linkedin_itself_gives_a_handle_from_an_address(text: str) -> None:
    assert linkedin_handle(f"https://{text}.evil.io/in/jane") is None


@pytest.mark.parametrize(
    "text",
    [
        "acme.com",
        "ACME.com.",
        "www.acme.com",
        "www.www.acme.com",
        "https://www.Acme.com/about?x=1",
        "http://acme.com:8080",
        "acme.com/careers",
        " //acme.com ",
    ],
)
def test_every_form_of_an_address_leads_to_its_bare_host(text: str) -> None:
    assert host_name(text) == "acme.com"


def test_a_host_that_only_begins_with_www_is_kept() -> None:
    assert host_name("www.com") == "www.com"
    assert host_name("www.www.com") == "www.com"
    assert host_name("www.www") == "www.www"


HOSTILE = {
    "www": "www." * 250_000 + "a.b",
    "marks": "a" + "\u0315\u0300" * 500_000,
    "marks in a profile": "https://www.linkedin.com/in/a" + "\u0315\u0300" * 500_000,
    "marks in an address": "a@" + "\u0315\u0300" * 500_000 + ".com",
    "dots": "a@" + "b." * 500_000 + "com",
    "digits": "+49" + "1" * 1_000_000,
}


ACTIONS: dict[str, tuple[Callable[[str], object], str, set[str]]] = {
    "linkedin_handle": (linkedin_handle, "https://www.linkedin.com/in/ada", {"_split", "normalize"}),
    "email_key": (email_key, "ada@demo.example", {"validate_email", "normalize"}),
    "phone_key": (phone_key, "+4930123456", {"is_possible_number"}),
    "host_name": (host_name, "www.demo.example", {"_split"}),
}
"""What looks at a text, a text that it takes, and what it then calls, whose work grows faster than the text."""


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_megabyte_reaches_nothing_that_it_could_hold_up(text: str, name: str) -> None:
    act, taken, unbounded = ACTIONS[name]
    assert calls_made(lambda: act(taken)).keys() >= unbounded
    assert act(text) is None or name == "host_name"
    assert calls_made(lambda: act(text)).keys() & unbounded == set()


def test_what_is_no_address_is_only_lower_cased() -> None:
    assert host_name("Acme [GmbH") == "acme [gmbh"
    assert host_name("") == ""


@given(st.text(max_size=40))
def test_a_host_is_its_own_host(text: str) -> None:
    assert host_name(host_name(text)) == host_name(text)


def test_spellings_of_one_email_share_a_key() -> None:
    assert email_key(" Jane.Doe+cv@Example.COM ") == "jane.doe+cv@example.com"


@pytest.mark.parametrize("text", ["", "jane", "jane@", "jane@example", "a b@example.com", "jane@exa mple.com"])
def test_what_is_no_email_has_no_key(text: str) -> None:
    assert email_key(text) is None


@given(st.emails())
def test_the_key_of_an_email_is_its_own_key(address: str) -> None:
    key = email_key(address)
    assert key is None or email_key(key) == key


def test_spellings_of_one_phone_number_share_a_key() -> None:
    keys = {phone_key("+49 30 901820"), phone_key("030/901820", "de"), phone_key("(030) 90 18 20", "DE")}
    assert keys == {"+4930901820"}


def test_extensions_tell_phone_numbers_apart() -> None:
    assert phone_key("+49 30 901820 ext. 12") == phone_key("+4930901820;ext=12") == "+4930901820;ext=12"
    assert phone_key("+49 30 901820 ext. 34") == "+4930901820;ext=34"


@pytest.mark.parametrize("text", ["", "jane", "030 901820", "+49 1", "+999 123456"])
def test_what_is_no_phone_number_has_no_key(text: str) -> None:
    assert phone_key(text) is None


@given(st.from_regex(r"\+(1|33|44|49)[1-9][0-9]{5,10}", fullmatch=True))
def test_the_key_of_a_phone_number_is_its_own_key(number: str) -> None:
    key = phone_key(number)
    assert key is None or phone_key(key) == key
