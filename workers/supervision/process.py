"""Processes of this machine, told apart for certain: a process id alone is soon another's."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from signal import SIGKILL, Signals

_LINUX = sys.platform == "linux"


def mark_of(pid: int) -> str | None:
    """A text that this process has and no later one with the same id; None when there is none, or it has ended."""
    return _linux_mark(pid) if _LINUX else _other_mark(pid)


def is_alive(pid: int, mark: str | None) -> bool:
    """Whether process `pid` is still the one that had this mark."""
    return mark is not None and mark_of(pid) == mark


def serves(pid: int, program: str, folder: Path) -> bool:
    """Whether process `pid` runs `program` (its file name) with `folder` as its working folder."""
    try:
        if _LINUX:
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            return name == program and Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
        command = _ps(pid, "command=")
        return program in command and str(folder) in command
    except OSError:
        return False


def end(pid: int, mark: str | None, first: Signals, grace: timedelta) -> None:
    """Ends a process that may not be our child: `first`, then after `grace` SIGKILL; nothing if `mark` is not its."""
    for signal_, patience in ((first, grace), (SIGKILL, timedelta(seconds=5))):
        if not is_alive(pid, mark):
            return
        try:
            os.kill(pid, signal_)
        except ProcessLookupError:
            return
        wait_until(lambda: not is_alive(pid, mark), patience)


def wait_until(true: Callable[[], bool], patience: timedelta) -> bool:
    """Asks every 20 ms until `true()` or `patience` is over; says which."""
    deadline = time.monotonic() + patience.total_seconds()
    while not true():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def _linux_mark(pid: int) -> str | None:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, started = after_name[0], after_name[19]  # fields 3 and 22 of proc(5)
    return None if state in "ZX" else f"{_boot_id()}:{started}"


@cache
def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _other_mark(pid: int) -> str | None:
    state = _ps(pid, "stat=")
    return None if not state or state.startswith("Z") else _ps(pid, "lstart=")


def _ps(pid: int, field: str) -> str:
    return subprocess.run(  # noqa: S603 - a fixed program and a number
        ["/bin/ps", "-ww", "-o", field, "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
