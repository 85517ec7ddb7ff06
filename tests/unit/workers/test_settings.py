"""The settings: their defaults, their forms, and the sentence for each that cannot be meant."""

import stat
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from events.replies.approvers import Says
from events.sources.connectwise.settings import read_settings
from pipeline.domain.order import CompanyPolicy, Policy
from pipeline.store.cipher import new_key
from workers.configured import (
    check_simulator,
    data_folder,
    encryption_keys,
    policy,
    public_url,
    simulated,
    source_connections,
)
from workers.setting_values import Role
from workers.settings import Settings, SettingsError, load_settings

ACCOUNT = {"MARKETPLACES__PAX8__CLIENT_ID": "us", "MARKETPLACES__PAX8__CLIENT_SECRET": "hush-hush"}
SOURCE = {"SOURCES__CRM__KIND": "generic", "SOURCES__CRM__SECRETS": "whsec_a2V5a2V5a2V5, bearer:let-me-in"}


def load(env_file: Path | None = None, /, **given: str) -> Settings:
    return load_settings({f"QUOTEWAY_{name}": text for name, text in given.items()}, env_file)


def test_without_any_setting_all_is_embedded_and_simulated() -> None:
    settings = load()

    assert settings.embedded
    assert simulated(settings)
    assert (settings.host, settings.port, settings.flower_port) == ("127.0.0.1", 8000, 5555)
    assert policy(settings, "pax8") == Policy(owner="")
    assert settings.working_hours.days == frozenset(range(5))
    assert (settings.working_hours.opens, settings.working_hours.closes) == (time(9), time(17))
    assert (settings.lease_seconds, settings.fast_lane, settings.questions.deadline_hours) == (60, True, 24)
    assert public_url(settings) == "http://127.0.0.1:8000"


def test_settings_decide_for_orders() -> None:
    settings = load(
        MARKETPLACES__PAX8__CURRENCY="EUR",
        MARKETPLACES__PAX8__SETTLE_SECONDS="60",
        MARKETPLACES__PAX8__RESEND_WHEN_ABSENT="true",
        MARKETPLACES__PAX8__SEND_WITHIN_SECONDS="10",
        PRICE_TOLERANCE="2.5",
        CREATE_COMPANIES="always",
        POLL_INTERVALS="1, 2",
        FRESH_SECONDS="60",
        QUESTIONS__OWNER="dana",
    )

    assert policy(settings, "pax8") == Policy(
        currency="EUR",
        price_tolerance=Decimal("2.5"),
        create_companies=CompanyPolicy.ALWAYS,
        fresh=timedelta(minutes=1),
        poll_intervals=(timedelta(seconds=1), timedelta(seconds=2)),
        settle=timedelta(minutes=1),
        resend_when_absent=True,
        send_within=timedelta(seconds=10),
        owner="dana",
    )


def test_an_account_has_its_own_address_or_everybodys() -> None:
    pax8 = load(**ACCOUNT, MARKETPLACES__PAX8__BASE_URL="http://127.0.0.1:8100/v1/").marketplaces["pax8"]

    assert pax8.on
    assert pax8.address("pax8") == "http://127.0.0.1:8100/v1"
    assert load(**ACCOUNT).marketplaces["pax8"].address("pax8") == "https://api.pax8.com/v1"


def test_a_source_is_a_connection_in_small_letters() -> None:
    crm = source_connections(load(**ACCOUNT, **SOURCE, TIME_ZONE="Europe/Berlin"))["crm"]

    assert crm.secrets == ("whsec_a2V5a2V5a2V5", "bearer:let-me-in")
    assert crm.marketplaces == ("pax8",)
    assert crm.zone.key == "Europe/Berlin"
    assert (crm.owner, crm.quote_system) == ("crm", "crm")


def test_an_option_of_a_tool_may_hold_a_list() -> None:
    given = "keys=vendorSku;identifier, vendors=Pax8 Inc=pax8;Acme, member=quoteway, approvers=Dana Reyes;Kim Ott"
    psa = {"KIND": "connectwise", "TENANT": "cobalt", "BASE_URL": "https://api-na.myconnectwise.net", "OPTIONS": given}
    keys = {"CLIENT_ID": "guid", "USERNAME": "public", "PASSWORD": "private"}
    source = source_connections(load(**{f"SOURCES__PSA__{name}": text for name, text in {**psa, **keys}.items()}))[
        "psa"
    ]

    read = read_settings(source)

    assert (read.keys, read.vendors, read.member) == (
        ("vendorSku", "identifier"),
        {"pax8 inc": "pax8", "acme": ""},
        "quoteway",
    )
    assert Says.of(source).approvers == ("Dana Reyes", "Kim Ott")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_database_is_named_without_its_driver(scheme: str) -> None:
    assert load(DATABASE_URL=f"{scheme}://u:p@db/q").database_url == SecretStr("postgresql://u:p@db/q")


def test_tokens_have_a_name_and_a_role_that_includes_the_lesser_ones() -> None:
    viewer, admin = load(API_TOKENS="board:viewer:aaa, dana:admin:b:b").api_tokens

    assert (viewer.name, viewer.role, admin.token.get_secret_value()) == ("board", Role.VIEWER, "b:b")
    assert admin.role.includes(Role.APPROVER)
    assert not viewer.role.includes(Role.OPERATOR)


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush-hush\n")
    given = {"MARKETPLACES__PAX8__CLIENT_ID": "us", "MARKETPLACES__PAX8__CLIENT_SECRET_FILE": str(tmp_path / "secret")}

    assert load(**given).marketplaces["pax8"].client_secret == SecretStr("hush-hush")


def test_the_environment_goes_before_the_file_of_settings(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("QUOTEWAY_PORT=8001\nQUOTEWAY_FLOWER_PORT=5556\nPOSTGRES_PASSWORD=others\n")

    settings = load(env_file, PORT="8002")

    assert (settings.port, settings.flower_port) == (8002, 5556)


def test_no_secret_shows_in_what_is_printed() -> None:
    settings = load(
        **ACCOUNT,
        **SOURCE,
        DATABASE_URL="postgresql://u:hush-hush@db/q",
        API_TOKENS="dana:admin:hush-hush",
        ENCRYPTION_KEYS=new_key(),
        NOTICES__CHAT__KIND="apprise",
        NOTICES__CHAT__URL="slack://hush-hush",
    )

    shown = repr(settings) + str(settings) + repr(source_connections(settings))
    assert "hush-hush" not in shown
    assert "let-me-in" not in shown
    assert "a2V5" not in shown


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        pytest.param({"PORTT": "1"}, "QUOTEWAY_PORTT is no setting.*QUOTEWAY_PORT was meant", id="misspelled"),
        pytest.param({"PORTT": ""}, "QUOTEWAY_PORTT is no setting", id="misspelled and empty"),
        pytest.param(
            {"MARKETPLACES__PAX8__CLIENT_SECRT": "hush-hush"},
            "PAX8__CLIENT_SECRET was meant",
            id="misspelled deep down",
        ),
        pytest.param(
            {"MARKETPLACES__PAX9__CLIENT_ID": "x"}, "MARKETPLACES__PAX9__CLIENT_ID is no", id="no marketplace"
        ),
        pytest.param({"MARKETPLACES__PAX8": "x"}, "MARKETPLACES__PAX8 is no setting", id="a setting cut short"),
        pytest.param({"SOURCES__CRM__KIND__X": "x"}, "SOURCES__CRM__KIND__X is no setting", id="a setting too deep"),
        pytest.param({"PORT_FILE": "/x"}, "QUOTEWAY_PORT_FILE is no setting", id="a file for what is no secret"),
        pytest.param({"API_TOKENS": ""}, "QUOTEWAY_API_TOKENS is empty", id="an empty secret"),
        pytest.param({"DATABASE_URL": " "}, "QUOTEWAY_DATABASE_URL is empty", id="an empty database"),
        pytest.param(
            {**ACCOUNT, "MARKETPLACES__PAX8__CLIENT_SECRET": ""},
            "PAX8__CLIENT_SECRET is empty",
            id="an empty deep secret",
        ),
        pytest.param({"ENCRYPTION_KEYS": ","}, "QUOTEWAY_ENCRYPTION_KEYS is empty", id="an empty list of secrets"),
        pytest.param({"ENCRYPTION_KEYS_FILE": "/none"}, "ENCRYPTION_KEYS_FILE names a file", id="no such file"),
        pytest.param({"API_TOKENS": "a:viewer:b", "API_TOKENS_FILE": "/x"}, "are both set", id="a secret and its file"),
        pytest.param({"MARKETPLACES__PAX8__CLIENT_ID": "x"}, "PAX8__CLIENT_SECRET is missing", id="half an account"),
        pytest.param({"SOURCES__CRM__KIND": "generic"}, "SOURCES__CRM__SECRETS is missing", id="no secrets"),
        pytest.param({**SOURCE, "SOURCES__CRM__PSA": "crm"}, "SOURCES__CRM__PSA names no", id="a PSA that is none"),
        pytest.param({**SOURCE, "SOURCES__CRM__KIND": "fax"}, "SOURCES__CRM__KIND must be", id="an unknown kind"),
        pytest.param(
            {**SOURCE, "SOURCES__CRM__SECRETS": "hush-hush"},
            "SOURCES__CRM__SECRETS must hold",
            id="a secret of no form",
        ),
        pytest.param(
            {**SOURCE, "SOURCES__CRM__DEFAULT_MARKETPLACE": "pax9"}, "DEFAULT_MARKETPLACE must be one", id="a default"
        ),
        pytest.param({"API_TOKENS": "dana:boss:hush-hush"}, "role among viewer, operator", id="an unknown role"),
        pytest.param({"API_TOKENS": "a:viewer:hush-hush,b:admin:hush-hush"}, "one token to two", id="one token twice"),
        pytest.param({"DATABASE_URL": "mysql://u:hush-hush@h/d"}, "begin with postgresql://", id="another database"),
        pytest.param({"REDIS_URL": "hush-hush"}, "QUOTEWAY_REDIS_URL must begin", id="no Redis"),
        pytest.param({"ENCRYPTION_KEYS": "hush-hush"}, "must be Fernet keys", id="a key that is none"),
        pytest.param({"PORT": "many"}, "QUOTEWAY_PORT must be a valid integer", id="a port in words"),
        pytest.param({"PRICE_TOLERANCE": "-1"}, "QUOTEWAY_PRICE_TOLERANCE must be", id="a negative tolerance"),
        pytest.param({"CREATE_COMPANIES": "perhaps"}, "QUOTEWAY_CREATE_COMPANIES must be", id="an unknown policy"),
        pytest.param({"POLL_INTERVALS": "5,0"}, "whole seconds above zero", id="a wait of nothing"),
        pytest.param({"TIME_ZONE": "Mars/Base"}, "IANA name", id="an unknown zone"),
        pytest.param({"WORKING_HOURS": "always"}, "such as Mon-Fri 09:00-17:00", id="hours in words"),
        pytest.param({"WORKING_HOURS": "Mon-Fri 17:00-09:00"}, "open before it closes", id="hours backwards"),
        pytest.param({"FAST_LANE": "perhaps"}, "must be true or false", id="neither true nor false"),
        pytest.param({"PUBLIC_URL": "quotes.example"}, "QUOTEWAY_PUBLIC_URL must be an address", id="no address"),
        pytest.param({"MARKETPLACES__PAX8__CURRENCY": "usd"}, "three capital letters", id="a currency"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named_in_one_sentence(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as stopped:
        load(**given)

    assert "hush-hush" not in str(stopped.value)
    assert "\n" not in str(stopped.value)
    assert stopped.value.__cause__ is None


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        pytest.param({"DATABASE_URL": "postgresql://db/q"}, "QUOTEWAY_DATABASE_URL", id="a real database"),
        pytest.param({"REDIS_URL": "redis://r"}, "QUOTEWAY_REDIS_URL", id="a real Redis"),
        pytest.param(ACCOUNT, "QUOTEWAY_MARKETPLACES__PAX8__CLIENT_ID", id="a real account"),
        pytest.param(
            {"MARKETPLACES__PAX8__BASE_URL": "http://127.0.0.1/v1"}, "PAX8__BASE_URL", id="an address, whatever answers"
        ),
    ],
)
def test_a_simulator_is_refused_beside(given: dict[str, str], variable: str) -> None:
    settings = load(**given)

    assert not simulated(settings)
    with pytest.raises(SettingsError, match=variable):
        check_simulator(settings)


def test_a_budget_alone_is_no_account() -> None:
    settings = load(MARKETPLACES__PAX8__CALLS_PER_MINUTE="60")

    check_simulator(settings)
    assert not settings.marketplaces["pax8"].on


def test_the_embedded_database_gets_a_key_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    keys = encryption_keys(load(), folder)

    assert encryption_keys(load(), folder) == keys
    (key_file,) = folder.iterdir()
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_a_real_database_needs_keys(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="QUOTEWAY_ENCRYPTION_KEYS is missing"):
        encryption_keys(load(DATABASE_URL="postgresql://db/q"), tmp_path)


def test_keys_come_newest_first(tmp_path: Path) -> None:
    new, old = new_key(), new_key()

    assert encryption_keys(load(ENCRYPTION_KEYS=f"{new},{old}"), tmp_path) == (new, old)


def test_the_data_folder_may_be_chosen(tmp_path: Path) -> None:
    assert data_folder(load(DATA_DIR=str(tmp_path))) == tmp_path
