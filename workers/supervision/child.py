"""A part while it runs: our own child, in a session of its own."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL, Signals

from workers.supervision import launch
from workers.supervision.account import Account
from workers.supervision.logs import open_log
from workers.supervision.part import Part
from workers.supervision.process import mark_of


def launcher(account: Account | None, folder: Path | None, death_signal: Signals) -> list[str]:
    """What goes before a command so that it runs as `account`, in `folder`, and gets `death_signal` when we end."""
    spec = {
        "parent": os.getpid(),
        "death_signal": int(death_signal),
        "uid": account.uid if account else None,
        "gid": account.gid if account else None,
        "folder": str(folder) if folder else None,
    }
    return [sys.executable, "-I", "-S", launch.__file__, json.dumps(spec)]


class Child:
    """
    One start of a part. Its output goes to `logs/NAME.log`.

    On Linux the child dies with the *thread* that started it: start it in one that lives as long as the child should.
    """

    def __init__(self, part: Part, logs: Path) -> None:
        self.part = part
        argv = [*launcher(part.account, part.folder, part.death_signal), *part.argv()]
        env: Mapping[str, str] | None = part.env
        with open_log(logs, part.name) as output:
            self._process = subprocess.Popen(  # noqa: S603 - the command is the part's own
                argv, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        self.mark = mark_of(self._process.pid)
        self._how_ended: str | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> str | None:
        """How it ended, in words; None while it lives. What it left in its process group is killed."""
        if self._how_ended is None and (code := self._process.poll()) is not None:
            self._kill_group()
            self._how_ended = f"killed by {Signals(-code).name}" if code < 0 else f"exit code {code}"
        return self._how_ended

    def signal(self, number: Signals) -> None:
        """To the process itself, not its group; nothing happens when it has ended."""
        self._process.send_signal(number)

    def kill(self) -> None:
        self._kill_group()

    def stop(self, number: Signals, grace: timedelta) -> str:
        """Ends it and waits: `number`, then after `grace` SIGKILL for its process group. Says how it ended."""
        self.signal(number)
        try:
            self._process.wait(grace.total_seconds())
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        return self.ended() or ""

    def _kill_group(self) -> None:
        with contextlib.suppress(
            ProcessLookupError, PermissionError
        ):  # macOS answers the latter for a group of zombies
            os.killpg(self._process.pid, SIGKILL)
