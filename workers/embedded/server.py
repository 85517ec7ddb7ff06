"""What both embedded servers are: a part for the supervisor, or started and stopped by hand."""

from abc import ABC, abstractmethod
from datetime import timedelta
from signal import SIGKILL, Signals
from typing import Self

from workers.embedded.folder import DataFolder
from workers.supervision.child import Child
from workers.supervision.errors import HostError
from workers.supervision.logs import last_lines
from workers.supervision.part import Part
from workers.supervision.process import wait_until

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}
"""All that a server sees of ours: no secret is in it."""


class EmbeddedServer(ABC):
    """
    A server in a claimed data folder.

    `part()` is for the supervisor. `start()` and `stop()`, or a `with` block, run it without one, as tests do.
    """

    name: str

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._child: Child | None = None

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def part(self) -> Part: ...

    @property
    def pid(self) -> int | None:
        """Of the server that `start()` started; None when it is not running."""
        return self._child.pid if self._child is not None and self._child.ended() is None else None

    def start(self, patience: timedelta | None = None) -> None:
        """Starts it and waits, for ever or `patience`, until it answers. Raises `HostError` when it ends before."""
        logs = self._folder.path / "logs"
        logs.mkdir(mode=0o700, exist_ok=True)
        part = self.part()
        self._child = Child(part, logs)
        self.wait_ready(patience)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_ready(self, patience: timedelta | None = None) -> None:
        part, logs = self.part(), self._folder.path / "logs"

        def settled() -> bool:
            return self.pid is None or part.ready is None or part.ready()

        in_time = wait_until(settled, patience or timedelta(days=365))
        if self.pid is None or not in_time:
            raise HostError(
                "embedded.not_started",
                f"The embedded {self.name} server did not start. "
                f"The end of {logs / self.name}.log:\n{last_lines(logs, self.name)}",
            )

    def stop(self, how: Signals | None = None) -> None:
        """Stops it and waits, by its own gentle signal or `how`. Nothing happens when it isn't running."""
        if self._child is not None and self._child.ended() is None:
            part = self._child.part
            self._child.stop(how or part.stop_signal, part.stop_grace)
        self._child = None

    def kill(self) -> None:
        """As a crash would."""
        self.stop(SIGKILL)
