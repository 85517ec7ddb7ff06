"""The places, each with what was there when the drill ended."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator

from sqlalchemy import select

from pipeline.store.tables import ORDERS
from workers.drills.canary import valkey
from workers.drills.canary.journey import Journey
from workers.drills.canary.places import (
    Place,
    children,
    command_lines,
    database_dump,
    exchanges_in,
    flower_pages,
    written_logs,
)
from workers.drills.canary.stage import FLOWER_USER, Stage
from workers.settings import SettingsError, load_settings, variable


def places(stage: Stage, seen: valkey.Watched, journey: Journey, laid: str) -> Iterator[Place]:
    """`laid` is what was laid into Valkey in the clear."""
    server, folder = stage.servers.valkey, stage.setting.folder
    order_id, company = _first_order(stage), journey.orders[0]["company"]
    yield Place("Valkey's command stream", seen.said(), order_id)
    yield Place("what Valkey held", b"\n".join(seen.held), laid)
    yield Place("Valkey's dump", valkey.saved(server, folder), laid)
    yield Place("pg_dump", database_dump(stage.database_url), company)
    yield Place("logs", written_logs(folder), "database system is ready to accept connections")
    auth = (FLOWER_USER, stage.secrets.flower)
    yield Place("Flower", flower_pages(stage.world.client, stage.fleet.flower, auth), order_id)
    yield Place("metrics and health", _metrics(stage), "quoteway_orders")
    yield Place(
        "refusals of the web", journey.refused.content(), "The signature, its timestamp or the secret is wrong."
    )
    yield Place("refusals of settings, with traces", _settings(stage), "must be Fernet keys")
    yield Place("exchanges with the marketplace", exchanges_in(journey.orders), journey.orders[0]["company_id"])
    pids = children([process.pid for process in stage.house.processes if process.poll() is None])
    yield Place("command lines", command_lines(pids), "workers.cli")


def _first_order(stage: Stage) -> str:
    """The id of a row, which messages carry."""
    with stage.application.database.transaction() as connection:
        return str(connection.execute(select(ORDERS.c.id).order_by(ORDERS.c.created_at).limit(1)).scalar_one())


def _metrics(stage: Stage) -> bytes:
    client, web = stage.world.client, stage.world.web()
    headers = {"authorization": f"Bearer {stage.secrets.viewer}"}
    paths = ("/metrics", "/api/health", "/health/live", "/health/ready")
    return b"\n".join(client.get(f"{web}{path}", headers=headers).content for path in paths)


def _settings(stage: Stage) -> bytes:
    """What a process says that is started with secrets in the wrong places, traceback and all."""
    secrets = stage.secrets
    wrong = {
        variable("encryption_keys"): secrets.signing,
        variable("api_tokens"): secrets.admin,
        variable("database_url"): f"mysql://{secrets.operator}@db/q",
        variable("redis_url"): f"http://:{secrets.viewer}@db",
        variable("sources", "crm", "secrets"): secrets.bearer,
        variable("notices", "hook", "kind"): secrets.hook_path,
        variable("lease_seconds"): secrets.flower,
    }
    said = [_refused({**stage.house.environment, name: text}) for name, text in wrong.items()]
    return json.dumps(said, ensure_ascii=False).encode()


def _refused(environment: dict[str, str]) -> str:
    try:
        load_settings(environment, None)
    except SettingsError as error:
        return "".join(traceback.format_exception(error))
    return ""
