"""What of a database's URL may be shown, and when it must say how it is protected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.store.postgres.url import database_place, holds_password

CANARY = "canary-a5e0"
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="/?#@"), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@127.0.0.1:5433/talent", "talent on 127.0.0.1:5433"),
        ("postgres://localhost/talent?application_name=x", "talent on localhost"),
        ("postgresql://[::1]:5433/talent", "talent on [::1]:5433"),
        ("postgresql:///talent", "talent on this computer"),
        ("postgresql://u@/talent?host=/run/postgresql", "talent on /run/postgresql"),
        (
            "postgresql://u@one.example,two.example:5433/talent?sslmode=require",
            "talent on one.example, two.example:5433",
        ),
    ],
)
def test_hosts_and_name_are_shown(url: str, shown: str) -> None:
    assert str(database_place(url)) == shown


@pytest.mark.parametrize("host", ["db.example", "10.0.0.7:5432", "[2001:db8::1]:5432", "127.0.0.1,db.example"])
def test_another_computer_is_reached_only_with_a_word_on_encryption(host: str) -> None:
    with pytest.raises(ValueError, match="sslmode=verify-full"):
        database_place(f"postgresql://u@{host}/talent")
    for mode in ("allow", "prefer"):
        with pytest.raises(ValueError, match="sslmode=verify-full"):
            database_place(f"postgresql://u@{host}/talent?sslmode={mode}")
    assert database_place(f"postgresql://u@{host}/talent?sslmode=disable").is_elsewhere


@given(user=TEXT, database=TEXT)
def test_a_password_is_never_shown_whatever_stands_around_it(user: str, database: str) -> None:
    for url in (f"postgresql://{user}:{CANARY}@localhost/{database}", f"{user}://x:{CANARY}@[{database}/"):
        try:
            said = str(database_place(url))
        except ValueError as error:
            said = str(error)
        assert CANARY not in said


@pytest.mark.parametrize(
    ("url", "holds"),
    [
        ("postgresql://u@localhost/talent", False),
        ("postgresql://u:p@localhost/talent", True),
        ("postgresql://u@localhost/talent?password=p", True),
        ("postgresql://[localhost/talent", True),
    ],
)
def test_a_url_with_a_password_is_known(url: str, holds: bool) -> None:
    assert holds_password(url) is holds


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:p/{CANARY}@localhost:5432/talent",
        f"postgresql://u:p?{CANARY}@localhost/talent",
        f"postgresql://u:p#{CANARY}@localhost/talent",
        f"postgresql://u:p@{CANARY}@localhost/talent",
        f"postgresql://u:{CANARY}/talent",
        f"postgresql://localhost/a/{CANARY}",
    ],
)
def test_a_password_that_is_not_encoded_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="must look like") as refusal:
        database_place(url)
    assert CANARY not in str(refusal.value)
    assert holds_password(url)


@pytest.mark.parametrize("query", ["host=db.example", "hostaddr=8.8.8.8", "service=x"])
def test_a_second_host_that_nobody_sees_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match="name its host once"):
        database_place(f"postgresql://u@127.0.0.1/talent?{query}")
