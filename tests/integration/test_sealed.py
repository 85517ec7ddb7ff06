"""What is personal or secret is not readable in the database, in Redis, in messages or in logs."""

from __future__ import annotations

import json
from pathlib import Path

import redis
from sqlalchemy import text

from pipeline.marketplaces.pax8.simulator import catalogue, customers
from pipeline.store.tables import METADATA
from tests.flow.house import House, a_house, asking, done, line, quote

PLANTED = (
    "planted.person@contoso.example",
    "Plantedfirst",
    "Plantedlast",
    "+1 555 7654321",
    "planted-tenant.example",
    "Plantednote: call after four",
    "9 Planted Street",
)


def planted_quote(**more: object) -> dict[str, object]:
    person = {"first_name": PLANTED[1], "last_name": PLANTED[2], "email": PLANTED[0], "phone": PLANTED[3]}
    made = quote([line(provisioning=more.pop("provisioning", {}))], customers.NORTHWIND_INACTIVE, notes=PLANTED[5])
    made["quote"]["accepted_by"] = {"name": f"{PLANTED[1]} {PLANTED[2]}", "email": PLANTED[0]}
    made["customer"]["contacts"] = [person]
    made["customer"]["address"]["street"] = PLANTED[6]
    return made


def dump_of(house: House) -> str:
    with house.application() as application, application.database.transaction() as connection:
        rows = [
            connection.execute(text(f'SELECT t::text FROM "{table}" t')).scalars().all() for table in METADATA.tables
        ]
    return "\n".join(str(row) for table in rows for row in table)


def test_what_was_planted_is_nowhere_to_be_read(tmp_path: Path, database_url: str, redis_url: str) -> None:
    with a_house(tmp_path, database_url, redis_url) as house, house.application() as application:
        with redis.Redis.from_url(redis_url) as client, client.monitor() as stream:
            house.start_worker()
            bought = house.accept(application, planted_quote())
            house.wait(application, bought, done)
            asked = house.accept(
                application,
                quote(
                    [line(product=catalogue.M365_BUSINESS_PREMIUM, provisioning={"msDomain": [PLANTED[4]]})],
                    customers.CONTOSO,
                ),
            )
            house.wait(application, asked, asking)
            client.echo("the end of it")
            commands = []
            for command in stream.listen():
                commands.append(json.dumps(command, default=str))
                if "the end of it" in command["command"]:
                    break
        dumped, logged = dump_of(house), (tmp_path / "worker-0.log").read_text()
        opened = json.dumps(house.orders_of(application, bought)) + stored_bodies(house)

    assert len(commands) > 20
    assert len(dumped) > 10_000
    for plant in PLANTED:
        assert plant not in dumped
        assert plant not in logged
        assert not any(plant in command for command in commands)
    assert PLANTED[0] in opened
    assert PLANTED[5] in opened


def stored_bodies(house: House) -> str:
    with house.application() as application, application.database.transaction() as connection:
        sealed = connection.execute(text("SELECT body FROM events")).scalars().all()
        return "".join(application.database.open(body) for body in sealed)
