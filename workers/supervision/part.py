"""One process that the supervisor keeps alive."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from workers.supervision.account import Account

Command = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """
    What to run, and how to tell that it is ready and how to end it.

    `command` may be a function: it is asked before every start, may prepare what the program needs, and may raise
    `HostError`, which ends the supervisor. `env` is the whole environment; None means ours. `after` names the parts
    that must be ready before this one starts, and that stay until this one has stopped. `ready` is asked many times a
    second in the supervisor's own loop until it is true: it must not wait for more than a second or two, nor raise.
    Without it a part is ready once started. `death_signal` is what it gets when the supervisor is killed (Linux).
    """

    name: str
    command: Command | Callable[[], Command]
    env: Mapping[str, str] | None = field(default=None, repr=False)
    account: Account | None = None
    folder: Path | None = None
    ready: Callable[[], bool] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_grace: timedelta = timedelta(seconds=10)
    death_signal: signal.Signals = signal.SIGKILL
    address: str | None = None
    after: tuple[str, ...] = ()

    def argv(self) -> list[str]:
        return list(self.command() if callable(self.command) else self.command)


class PartState(StrEnum):
    """Where a part stands. `left_over` is only ever read: alive although its supervisor is gone."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    LEFT_OVER = "left_over"


@dataclass(frozen=True, slots=True)
class PartEvent:
    """A part came to `state`; `detail` says why where that isn't plain (how it ended, when it is started again)."""

    part: str
    state: PartState
    detail: str = ""
