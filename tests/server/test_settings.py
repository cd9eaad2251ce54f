"""Settings: every name, which source wins, and that no mistake passes for a setting or shows a key."""

from decimal import Decimal
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from talent_mcp.errors import ConfigurationError
from talent_mcp.settings import ENVIRONMENT, VENDOR_URLS, Settings, load_settings

HOME = {"TALENT_HOME": "/var/lib/talent"}
DATABASE = "postgresql://talent_server@db.example:5433/talent?sslmode=verify-full"
GIVEN = {
    "TALENT_HOME": ("/srv/talent", Path("/srv/talent")),
    "TALENT_APPROVAL": ("never", "never"),
    "TALENT_APPROVAL_PAGE": ("off", "off"),
    "TALENT_APPROVAL_PAGE_PORT": ("8766", 8766),
    "TALENT_BUDGET_PER_CALL": ("2.5", Decimal("2.5")),
    "TALENT_BUDGET_PER_DAY": ("10", Decimal(10)),
    "TALENT_BUDGET_PER_MONTH": ("0.05", Decimal("0.05")),
    "TALENT_REPEAT_SECONDS": ("0", 0.0),
    "TALENT_KEEP_ENRICHMENTS_DAYS": ("90", 90.0),
    "TALENT_KEEP_SEARCHES_SECONDS": ("0", 0.0),
    "TALENT_KEEP_FILES_DAYS": ("7", 7.0),
    "TALENT_ASK_ABOVE": ("2.5", Decimal("2.5")),
    "TALENT_LOG_LEVEL": ("DEBUG", "DEBUG"),
    "TALENT_FILE_FOLDERS": (" /cvs ; /letters;; ", (Path("/cvs"), Path("/letters"))),
    "TALENT_VENDOR_HOSTS": ("proxy.example , API.example,", ("proxy.example", "api.example")),
    "TALENT_OCEAN_URL": ("http://127.0.0.1:8900/ocean", "http://127.0.0.1:8900/ocean"),
    "TALENT_STARDEX_URL": ("http://localhost:8900/stardex", "http://localhost:8900/stardex"),
    "TALENT_JARVI_URL": ("http://[::1]:8900/jarvi", "http://[::1]:8900/jarvi"),
    "TALENT_OCEAN_CREDENTIAL": ("env:ELSEWHERE", "env:ELSEWHERE"),
    "TALENT_STARDEX_CREDENTIAL": ("file:/run/secrets/stardex", "file:/run/secrets/stardex"),
    "TALENT_JARVI_CREDENTIAL": ("keyring:", "keyring:"),
    "TALENT_MASTER_KEY": ("keyring:", "keyring:"),
    "TALENT_PASSPHRASE_FILE": ("/run/secrets/passphrase", Path("/run/secrets/passphrase")),
    "TALENT_DATABASE_URL": (DATABASE, SecretStr(DATABASE)),
    "TALENT_KEYS_DATABASE_URL": (DATABASE, SecretStr(DATABASE)),
}
TOGETHER = {"TALENT_KEYS_DATABASE_URL": {"TALENT_DATABASE_URL": DATABASE}}
CANARY = "canary-51f0c2"


def loaded(toml: str | bytes, tmp_path: Path, **environment: str) -> Settings:
    path = tmp_path / "talent.toml"
    path.write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    return load_settings({**HOME, "TALENT_CONFIG": str(path), **environment})


def refusal(toml: str | bytes, tmp_path: Path, **environment: str) -> str:
    with pytest.raises(ConfigurationError) as failure:
        loaded(toml, tmp_path, **environment)
    return str(failure.value)


def environment_refusal(**environment: str) -> str:
    with pytest.raises(ConfigurationError) as failure:
        load_settings({**HOME, **environment})
    return str(failure.value)


def test_an_operator_who_sets_nothing_gets_the_vendors_their_limits_and_is_asked_before_each_write() -> None:
    settings = load_settings({})
    assert settings.home.is_absolute()
    assert settings.home.name == "talent-mcp"
    assert settings.audit_path == settings.home / "audit.db"
    assert (settings.approval, settings.log_level, settings.file_folders, settings.vendor_hosts) == (
        "ask",
        "WARNING",
        (),
        (),
    )
    limits = {v: (settings.vendor(v).requests_per_minute, settings.vendor(v).requests_per_day) for v in VENDOR_URLS}
    assert limits == {"ocean": (60, 1000), "stardex": (60, 0), "jarvi": (0, 0)}
    assert {v: settings.vendor(v).url for v in VENDOR_URLS} == VENDOR_URLS
    assert {settings.vendor(v).credential for v in VENDOR_URLS} == {None}
    assert (settings.master_key, settings.passphrase_file) == (None, None)
    assert settings.keys_path == settings.home / "keys.db"


def test_every_environment_variable_has_an_example_here() -> None:
    assert set(GIVEN) == set(ENVIRONMENT)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_an_environment_variable_sets_its_setting(name: str) -> None:
    text, expected = GIVEN[name]
    value: object = load_settings({**HOME, **TOGETHER.get(name, {}), name: f" {text} "})
    for step in ENVIRONMENT[name]:
        value = getattr(value, step)
    assert value == expected


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_an_empty_variable_sets_nothing(name: str) -> None:
    assert load_settings({**HOME, name: "  "}).model_dump(exclude={"home"}) == load_settings(HOME).model_dump(
        exclude={"home"}
    )


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(tmp_path: Path) -> None:
    toml = 'approval = "never"\nlog_level = "ERROR"\n[ocean]\nrequests_per_minute = 5\ncredential = "env:A"\n'
    settings = loaded(toml, tmp_path, TALENT_APPROVAL="auto", TALENT_OCEAN_CREDENTIAL="env:B")
    assert (settings.approval, settings.log_level) == ("auto", "ERROR")
    assert settings.ocean.model_dump(exclude={"prices"}) == {
        "url": VENDOR_URLS["ocean"],
        "credential": "env:B",
        "requests_per_minute": 5,
        "requests_per_day": 1000,
    }
    assert load_settings(HOME).ocean.requests_per_minute == 60


def test_a_file_may_set_everything(tmp_path: Path) -> None:
    toml = """
    file_folders = ["/cvs", "~/letters"]
    vendor_hosts = ["proxy.example"]
    call_seconds = 20
    [jarvi]
    url = "https://proxy.example/jarvi"
    requests_per_minute = 10
    """
    settings = loaded(toml, tmp_path)
    assert settings.file_folders == (Path("/cvs"), Path.home() / "letters")
    assert (settings.call_seconds, settings.jarvi.url) == (20, "https://proxy.example/jarvi")


def test_folders_are_absolute_whatever_folder_the_server_was_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ana")
    settings = load_settings({"TALENT_HOME": "state", "TALENT_FILE_FOLDERS": "~/cvs;~;letters"})
    assert settings.home == tmp_path / "state"
    assert settings.file_folders == (Path("/home/ana/cvs"), Path("/home/ana"), tmp_path / "letters")
    keys = load_settings({**HOME, "TALENT_MASTER_KEY": "file:m.key", "TALENT_PASSPHRASE_FILE": "~/phrase"})
    assert (keys.master_key, keys.passphrase_file) == (f"file:{tmp_path / 'm.key'}", Path("/home/ana/phrase"))


def test_a_master_key_in_the_place_of_its_reference_is_not_repeated(tmp_path: Path) -> None:
    said = environment_refusal(TALENT_MASTER_KEY=CANARY)
    assert said == (
        "setting master_key (environment variable TALENT_MASTER_KEY): must say where the key lies: "
        "keyring:, file:PATH, passphrase: or systemd:NAME"
    )
    assert refusal(f'master_key = "{CANARY}"', tmp_path) == said
    assert loaded('master_key = "passphrase:"\npassphrase_file = "/p"', tmp_path).master_key == "passphrase:"


def test_a_configuration_file_may_be_named_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "talent.toml").write_text('approval = "never"')
    loaded = load_settings({**HOME, "TALENT_CONFIG": " ~/talent.toml "})
    assert loaded.approval == "never"
    assert loaded.source == tmp_path / "talent.toml"
    assert load_settings(HOME).source is None


def test_a_misspelt_variable_is_refused_by_name_and_with_the_nearest() -> None:
    said = environment_refusal(TALENT_APROVAL="never")
    assert said == "there is no environment variable TALENT_APROVAL (did you mean TALENT_APPROVAL?)"
    said = environment_refusal(TALENT_XYZ="never")
    assert "known are TALENT_HOME, TALENT_APPROVAL" in said
    assert load_settings({**HOME, "TALENTED": "x", "OCEAN_API_TOKEN": "x", "TALENT_DATABASE_URL": ""})


def test_a_misspelt_setting_is_refused_by_name_and_with_the_nearest(tmp_path: Path) -> None:
    assert refusal('aproval = "never"', tmp_path) == "there is no setting aproval (did you mean approval?)"
    assert refusal("[ocean]\nrequest_per_minute = 1", tmp_path) == (
        "there is no setting ocean.request_per_minute (did you mean requests_per_minute?)"
    )
    assert "known are url, credential" in refusal('[ocean]\nxyz = "1"', tmp_path)
    assert "there is no setting ocean.... (known are" in refusal(f'[ocean]\n"{CANARY} x" = 1', tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "TALENT_APPROVAL",
            "maybe",
            "setting approval (environment variable TALENT_APPROVAL): must be 'ask', 'host', 'auto' or",
        ),
        ("TALENT_APPROVAL_PAGE", "maybe", "setting approval_page (environment variable TALENT_APPROVAL_PAGE): must be"),
        (
            "TALENT_APPROVAL_PAGE_PORT",
            "abc",
            "setting approval_page_port (environment variable TALENT_APPROVAL_PAGE_PORT): must be",
        ),
        ("TALENT_LOG_LEVEL", "loud", "setting log_level (environment variable TALENT_LOG_LEVEL): must be 'DEBUG'"),
        (
            "TALENT_VENDOR_HOSTS",
            "https://a.example",
            "setting vendor_hosts.0 (environment variable TALENT_VENDOR_HOSTS): must be host names such as",
        ),
        (
            "TALENT_FILE_FOLDERS",
            "~nobody-of-this-name/x",
            "setting file_folders.0 (environment variable TALENT_FILE_FOLDERS): begins with ~ and a user who",
        ),
    ],
)
def test_a_value_that_cannot_work_is_refused_with_its_variable(name: str, value: str, said: str) -> None:
    assert environment_refusal(**{name: value}).startswith(said)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("call_seconds = 0", "setting call_seconds: must be more than 0"),
        ("call_seconds = 41", "setting call_seconds: must be at most 40"),
        ("[ocean]\nrequests_per_minute = -1", "setting ocean.requests_per_minute: must be at least 0"),
        ("[ocean]\nrequests_per_day = 1.5", "setting ocean.requests_per_day: must be a whole number"),
        ("file_folders = 1", "setting file_folders (environment variable TALENT_FILE_FOLDERS): must be a list"),
        (
            'file_folders = [""]',
            "setting file_folders.0 (environment variable TALENT_FILE_FOLDERS): must name a folder",
        ),
        (
            'file_folders = ["/a\\u0000b"]',
            "setting file_folders.0 (environment variable TALENT_FILE_FOLDERS): must name",
        ),
        ('ocean = "https://api.ocean.io"', "setting ocean: must be a table"),
        ("vendor_hosts = [1]", "setting vendor_hosts.0 (environment variable TALENT_VENDOR_HOSTS): must be text"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_in_plain_words(toml: str, said: str, tmp_path: Path) -> None:
    assert refusal(toml, tmp_path).startswith(said)


@pytest.mark.parametrize("value", [f'["{CANARY}"]', f'{{ key = "{CANARY}" }}', "51"])
def test_no_value_of_a_credential_is_repeated(value: str, tmp_path: Path) -> None:
    said = refusal(f"[ocean]\ncredential = {value}", tmp_path)
    assert said == "setting ocean.credential (environment variable TALENT_OCEAN_CREDENTIAL): must be text"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.toml", tmp_path, Path("~nobody-of-this-name/x")):
        said = environment_refusal(TALENT_CONFIG=str(path))
        assert said == f"TALENT_CONFIG names a file that cannot be read: {path}"


@pytest.mark.parametrize(
    "toml", [f'credential = "{CANARY}\n', f"{CANARY} =", f'a = 1\na = "{CANARY}"', b"\xff\xfe\x00"]
)
def test_a_file_that_is_no_toml_is_named_with_the_place_and_not_repeated(toml: str | bytes, tmp_path: Path) -> None:
    said = refusal(toml, tmp_path)
    assert said.startswith(f"TALENT_CONFIG names a file that is not TOML: {tmp_path}")
    assert CANARY not in said
    if isinstance(toml, str) and "a = 1" not in toml:
        assert "(at " in said


@pytest.mark.parametrize(
    "url",
    [
        "https://api.ocean.io",
        "https://api.ocean.io/",
        "https://API.OCEAN.IO:443/v3",
        "HTTPS://api.ocean.io",
        "http://127.0.0.1:8900/ocean",
        "https://localhost/ocean",
        "http://[::1]:8900",
        "http://LOCALHOST",
    ],
)
def test_the_vendors_own_host_and_loopback_may_be_named(url: str) -> None:
    assert load_settings({**HOME, "TALENT_OCEAN_URL": url}).ocean.url == url


@pytest.mark.parametrize(
    "url",
    [
        "ftp://api.ocean.io",
        "api.ocean.io",
        "https://",
        "https:///v3",
        f"https://user:{CANARY}@api.ocean.io",
        f"https://{CANARY}@127.0.0.1",
        f"https://api.ocean.io/?apiToken={CANARY}",
        f"https://api.ocean.io/#{CANARY}",
        "https://api.ocean.io\\@evil.example/",
        "https://api.ocean.io@evil.example",
        "https://evil.example#@api.ocean.io",
        "https://api.oce\tan.io",
        "https://api.ocean.io /",
        "https://api.ocean.io:65536",
        "https://api.ocean.io:x",
        "https://api.ocean.io%2eevil.example",
        "https://[::1",
        "https://[fe80::1]",
        "https://api.ocean.ıo",
        "https://.ocean.io",
        "https://api.ocean.io./",
    ],
)
def test_a_url_that_two_readers_might_read_apart_is_refused_and_not_repeated(url: str) -> None:
    said = environment_refusal(TALENT_OCEAN_URL=url, TALENT_VENDOR_HOSTS="evil.example")
    assert said == ("the URL of Ocean.io must look like https://host/path, without a user name, a query or a fragment")


@pytest.mark.parametrize(
    "url", ["http://api.ocean.io", "http://evil.example", "http://localhost.evil.example", "http://127.0.0.1.nip.io"]
)
def test_a_key_is_not_sent_in_the_clear(url: str) -> None:
    hosts = "evil.example,localhost.evil.example,127.0.0.1.nip.io"
    said = environment_refusal(TALENT_OCEAN_URL=url, TALENT_VENDOR_HOSTS=hosts)
    assert said == "the URL of Ocean.io must begin with https://"


@pytest.mark.parametrize(
    "host", ["evil.example", "api.ocean.io.evil.example", "ocean.io", "api.stardex.ai", "127.0.0.2", "xapi.ocean.io"]
)
def test_another_host_must_be_listed(host: str) -> None:
    said = environment_refusal(TALENT_OCEAN_URL=f"https://{host}/x", TALENT_VENDOR_HOSTS="other.example")
    assert said.startswith(f"the URL of Ocean.io names the host {host}, not the vendor's own; list it in vendor_hosts")
    listed = {**HOME, "TALENT_OCEAN_URL": f"https://{host}/x", "TALENT_VENDOR_HOSTS": host.upper()}
    assert load_settings(listed).ocean.url == f"https://{host}/x"


@given(st.text(alphabet="htps:/@\\?#[]:.1apioceanevil%\t ", max_size=40))
def test_no_url_that_is_taken_leads_to_a_host_that_nobody_chose(text: str) -> None:
    for url in (text, f"https://{text}", f"https://api.ocean.io{text}", f"http://127.0.0.1{text}"):
        try:
            settings = load_settings({**HOME, "TALENT_OCEAN_URL": url})
        except ConfigurationError:
            continue
        assert httpx2.URL(settings.ocean.url).host in ("api.ocean.io", "127.0.0.1", "localhost", "::1")


def test_settings_do_not_change() -> None:
    settings = load_settings(HOME)
    with pytest.raises(ValueError, match="frozen"):
        setattr(settings, "approval", "auto")  # noqa: B010  # type checkers know that it fails


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"mysql://u:{CANARY}@127.0.0.1/log", "must look like postgresql://user@host:5432/database"),
        (f"postgresql://u:{CANARY}@127.0.0.1", "must look like postgresql://user@host:5432/database"),
        (f"postgresql://u:{CANARY}@[::1/log", "must look like postgresql://user@host:5432/database"),
        (f"postgresql://u:{CANARY}@127.0.0.1/log?sslmode={CANARY}", "must have one of disable, allow, prefer"),
        (f"postgresql://u:{CANARY}@db.example/log", "add sslmode=verify-full"),
    ],
)
@pytest.mark.parametrize("name", ["TALENT_DATABASE_URL", "TALENT_KEYS_DATABASE_URL"])
def test_a_database_url_that_cannot_work_is_refused_without_its_password(name: str, url: str, words: str) -> None:
    said = environment_refusal(**{"TALENT_DATABASE_URL": DATABASE, name: url})
    assert name in said
    assert words in said
    assert CANARY not in said


def test_the_password_of_a_database_is_not_shown_with_the_settings() -> None:
    settings = load_settings({**HOME, "TALENT_DATABASE_URL": f"postgresql://u:{CANARY}@127.0.0.1/log"})
    assert CANARY not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_keys_cannot_be_in_postgresql_without_the_log() -> None:
    assert "together with TALENT_DATABASE_URL" in environment_refusal(TALENT_KEYS_DATABASE_URL=DATABASE)


def test_without_a_budget_nothing_is_limited_and_prices_are_those_of_the_vendors_pages() -> None:
    settings = load_settings(HOME)
    assert set(settings.budget.model_dump(exclude={"principal"}).values()) == {None}
    assert set(settings.budget.principal.model_dump().values()) == {None}
    assert settings.ocean.prices.model_dump() == {
        "search_result": Decimal("0.2"),
        "enrichment": Decimal("0.1"),
        "email": 1,
        "phone": 10,
        "as_of": "2026",
    }


def test_budgets_and_prices_come_from_the_file_and_budgets_from_the_environment_first(tmp_path: Path) -> None:
    toml = '[budget]\nper_call = 5\nper_day = 20.5\n[budget.principal]\nper_day = 10\n[ocean.prices]\nphone = 8\nas_of = "2027"'
    settings = loaded(toml, tmp_path, TALENT_BUDGET_PER_DAY="30.25")
    own = {"per_call": None, "per_day": 10, "per_month": None}
    limits = {"per_call": 5, "per_day": Decimal("30.25"), "per_month": None, "principal": own}
    assert settings.budget.model_dump() == limits
    prices = settings.ocean.prices.model_dump(include={"phone", "email", "as_of"})
    assert prices == {"phone": 8, "email": 1, "as_of": "2027"}


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (
            "[budget]\nper_day = -1",
            "setting budget.per_day (environment variable TALENT_BUDGET_PER_DAY): must be at least 0",
        ),
        ("[budget]\nper_day = 0.001", "must have at most 2 decimal places"),
        ("[budget]\nper_day = 'much'", "must be a number"),
        ("[budget]\nper_day = nan", "must be a finite number"),
        ("[budget]\nper_day = true", "must be a number"),
        (
            "[budget]\nper_week = 1",
            "there is no setting budget.per_week (known are per_call, per_day, per_month, principal)",
        ),
        ("[budget.principal]\nper_dya = 1", "there is no setting budget.principal.per_dya (did you mean per_day?)"),
        ("[ocean.prices]\nphones = 1", "there is no setting ocean.prices.phones (did you mean phone?)"),
        ("[stardex.prices]\nphone = 1", "there is no setting stardex.prices"),
        ("budget = 5", "setting budget: must be an object"),
    ],
)
def test_a_budget_or_price_that_cannot_be_is_refused(toml: str, said: str, tmp_path: Path) -> None:
    assert said in refusal(toml, tmp_path)
