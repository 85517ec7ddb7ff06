"""The supervisor's state file, and what another process can truly say from it."""

import os
import tempfile
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from workers.supervision.errors import HostError
from workers.supervision.part import PartState
from workers.supervision.process import is_alive

_FILE = "status.json"


class PartStatus(BaseModel):
    """`restarts` counts since the supervisor started; `since` is when the part came to its state."""

    model_config = ConfigDict(frozen=True)

    name: str
    state: PartState
    pid: int | None
    address: str | None
    restarts: int
    since: datetime


class Status(BaseModel):
    """What `quoteway status --json` prints. Not running, the parts are those of the last run."""

    model_config = ConfigDict(frozen=True)

    running: bool
    pid: int | None = None
    started_at: datetime | None = None
    parts: tuple[PartStatus, ...] = ()

    def part(self, name: str) -> PartStatus:
        return next(part for part in self.parts if part.name == name)


class PartRecord(PartStatus):
    """A part in the state file: beside what is shown, what it takes to know and to end the very process later."""

    mark: str | None
    stop_signal: int


class Record(BaseModel):
    """The state file. `mark` tells the supervisor's process from a later one with the same id."""

    model_config = ConfigDict(frozen=True)

    pid: int
    mark: str | None
    ended: bool
    started_at: datetime
    parts: tuple[PartRecord, ...]


def write_record(folder: Path, record: Record) -> None:
    """Replaces the state file as a whole: a reader sees the old one or the new one. Only its owner can read it."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{_FILE}.")
    with os.fdopen(handle, "w") as file:
        file.write(record.model_dump_json(indent=1))
    Path(name).replace(folder / _FILE)


def read_record(folder: Path) -> Record | None:
    """None when no supervisor ever wrote one here, or what is there is no such file."""
    try:
        return Record.model_validate_json((folder / _FILE).read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        return None
    except PermissionError as error:
        raise HostError(
            "status.not_yours", f"{folder} belongs to another user: ask with the user who ran quoteway up."
        ) from error


def read_status(folder: Path) -> Status:
    """
    Whether a supervisor runs on this data folder, and its parts, from any process and without disturbing it.

    Each process is checked by id and start time, so a state file left by a kill is never taken for a running system:
    its parts are `stopped`, or `left_over` where the process still lives.
    """
    record = read_record(folder)
    if record is None:
        return Status(running=False)
    running = not record.ended and is_alive(record.pid, record.mark)
    parts = tuple(_seen(part, running) for part in record.parts)
    return Status(
        running=running,
        pid=record.pid if running else None,
        started_at=record.started_at if running else None,
        parts=parts,
    )


def _seen(part: PartRecord, supervised: bool) -> PartStatus:
    shown = PartStatus.model_validate(part.model_dump(include=set(PartStatus.model_fields)))
    alive = part.pid is not None and is_alive(part.pid, part.mark)
    match supervised, alive:
        case True, True:
            return shown
        case True, False:  # it died a moment ago, and the supervisor is about to notice
            lost = {"state": PartState.RESTARTING, "pid": None} if part.pid is not None else {}
            return shown.model_copy(update=lost)
        case False, True:
            return shown.model_copy(update={"state": PartState.LEFT_OVER})
        case _:
            return shown.model_copy(update={"state": PartState.STOPPED, "pid": None})
