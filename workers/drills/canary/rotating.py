"""A rotation of the encryption keys under load, in the four steps of `docs/operations.md`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, or_, select

from pipeline.store.cipher import new_key
from pipeline.store.tables import EVENTS, ORDERS
from workers.bootstrap import Application
from workers.drills.canary import load
from workers.drills.canary.fleet import KEYS, reseal
from workers.drills.canary.quotes import plain
from workers.drills.canary.stage import Stage
from workers.drills.house import until
from workers.drills.quotes import Json

_WRONG = {"error", "critical"}
_PLAIN = {"worker: Warm shutdown (MainProcess)"}  # Celery's own farewell
_EVENT = (EVENTS.c.id, EVENTS.c.status, EVENTS.c.due_at, EVENTS.c.published, EVENTS.c.faults, EVENTS.c.result)
_UNREAD = or_(EVENTS.c.status == "received", EVENTS.c.due_at.is_not(None))


@dataclass(frozen=True, slots=True)
class Rotated:
    """
    `newest` is the key that is left. `under_way` are the orders that were open when old rows were sealed anew, `told`
    is what the command said of them, `errors` are lines of logs.
    """

    newest: str
    oldest: str
    told: Mapping[str, Any]
    under_way: int
    quotes: Sequence[Json]
    errors: Sequence[str]


def rotate(stage: Stage, *, one_by_one: bool, most: int) -> Rotated:
    """With `most` orders under way. Ends when all that was sent meanwhile has come to its end."""
    house, fleet, application = stage.house, stage.fleet, stage.application
    old, new = house.environment[KEYS], new_key()
    logs = _Logs(house.folder)
    with load.sending(stage.world, lambda: plain(stage.mint, house), lambda: _open(application), most) as sent:
        stage.setting.tell("every process learns the new key")
        fleet.replace(application, f"{old},{new}", one_by_one=one_by_one)
        stage.setting.tell("every process seals with the new key")
        fleet.replace(application, f"{new},{old}", one_by_one=one_by_one)
        under_way = _open(application)
        told = json.loads(reseal(house))
        stage.setting.tell(f"{told['resealed']} of {told['values']} values are sealed anew: the old key goes")
        fleet.replace(application, new, one_by_one=one_by_one)
    stage.setting.tell(f"{len(sent.quotes)} orders come to their end")
    until(lambda: _open(application) == 0, 120, lambda: _standing(application))
    return Rotated(new, old, told, under_way, sent.quotes, logs.errors())


def _open(application: Application) -> int:
    """Events that nobody has read yet, and orders that have not ended."""
    with application.database.transaction() as connection:
        events = connection.execute(select(func.count()).select_from(EVENTS).where(_UNREAD)).scalar_one()
        orders = select(func.count()).select_from(ORDERS).where(ORDERS.c.ended_at.is_(None))
        return int(events + connection.execute(orders).scalar_one())


def _standing(application: Application) -> str:
    """What has not come to its end, for whoever wonders why."""
    named = (ORDERS.c.ref, ORDERS.c.state, ORDERS.c.stage, ORDERS.c.due_at, ORDERS.c.published, ORDERS.c.taken_until)
    with application.database.transaction() as connection:
        orders = connection.execute(select(*named).where(ORDERS.c.ended_at.is_(None)).limit(20)).all()
        events = connection.execute(select(*_EVENT).where(_UNREAD).limit(20)).all()
        return "\n".join(str(tuple(row)) for row in (*orders, *events))


class _Logs:
    """What is written into a house's logs from now on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before = {log: log.stat().st_size for log in folder.glob("*.log")}

    def errors(self) -> list[str]:
        """Lines that tell of an error, and such as are no log lines of ours at all, as a traceback is."""
        return [line for log in sorted(self._folder.glob("*.log")) for line in self._lines(log) if _is_wrong(line)]

    def _lines(self, log: Path) -> list[str]:
        return log.read_bytes()[self._before.get(log, 0) :].decode("utf-8", "replace").splitlines()


def _is_wrong(line: str) -> bool:
    try:
        return bool(json.loads(line)["level"] in _WRONG)
    except (ValueError, TypeError, KeyError):
        return line.strip() not in {"", *_PLAIN}
