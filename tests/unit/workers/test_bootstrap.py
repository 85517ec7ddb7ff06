"""What is put together from the settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

from pipeline.domain.working_time import WorkingTime
from pipeline.store.cipher import new_key
from workers.bootstrap import LOCAL, Application
from workers.configured import zone_of
from workers.settings import load_settings

SERVERS = {
    "QUOTEWAY_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "QUOTEWAY_REDIS_URL": "redis://127.0.0.1:1",
    "QUOTEWAY_ENCRYPTION_KEYS": new_key(),
}


def test_a_source_of_the_command_line_s_own_name_is_read_as_it_was_configured() -> None:
    variables = {
        **SERVERS,
        "QUOTEWAY_SOURCES__CLI__KIND": "generic",
        "QUOTEWAY_SOURCES__CLI__SECRETS": "bearer:let-me-in",
        "QUOTEWAY_SOURCES__CLI__SYSTEM": "shop",
    }

    with Application.open(load_settings(variables, None)) as application:
        assert application.sources[LOCAL].quote_system == "shop"


def test_questions_and_dates_of_a_connection_s_quotes_are_in_its_own_hours_and_time_zone() -> None:
    variables = {
        **SERVERS,
        "QUOTEWAY_WORKING_HOURS": "Mon-Fri 09:00-17:00",
        "QUOTEWAY_SOURCES__TOKYO__KIND": "generic",
        "QUOTEWAY_SOURCES__TOKYO__SECRETS": "bearer:let-me-in",
        "QUOTEWAY_SOURCES__TOKYO__WORKING_HOURS": "Mon-Sat 08:00-18:00",
        "QUOTEWAY_SOURCES__TOKYO__TIME_ZONE": "Asia/Tokyo",
    }

    with Application.open(load_settings(variables, None)) as application:
        general, tokyo = application.rules.deadline, application.rules.deadlines["tokyo"]
        assert zone_of(application.settings, "tokyo") == application.sources["tokyo"].zone == ZoneInfo("Asia/Tokyo")
        assert zone_of(application.settings, "removed") == application.settings.time_zone

    assert isinstance(general, WorkingTime)
    assert tokyo == replace(
        general, days=frozenset(range(6)), opens=time(8), closes=time(18), zone=ZoneInfo("Asia/Tokyo")
    )


def test_the_tickets_of_each_psa_are_told_of_changes_beside_the_channels() -> None:
    psa = {
        "KIND": "connectwise",
        "BASE_URL": "https://psa.example",
        "TENANT": "acme",
        "CLIENT_ID": "4c1f",
        "USERNAME": "public",
        "PASSWORD": "private",
    }
    named = {f"QUOTEWAY_SOURCES__{name}__{field}": value for name in ("EAST", "WEST") for field, value in psa.items()}

    with Application.open(load_settings({**SERVERS, **named}, None)) as application:
        assert application.rules.tickets == {"ticket:east": "east", "ticket:west": "west"}
        assert application.rules.channels == ()
    with Application.open(load_settings({**SERVERS, **{k: v for k, v in named.items() if "EAST" in k}}, None)) as one:
        assert one.rules.tickets == {"ticket:east": "east", "connectwise:ticket": "east"}
