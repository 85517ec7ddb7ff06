"""
A warm process that forks actors: all is imported once, nothing is open. `python -m workers.drills.points.template`.

It reads jobs as lines of JSON from its standard input and tells on its standard output what becomes of their
processes. It ends with its input, and kills what it has forked.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

Json = dict[str, Any]


def main() -> None:
    from workers.drills.points import actor

    _warm(json.loads(sys.argv[1]))
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    gc.collect()
    gc.freeze()
    alive: set[int] = set()
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        _tell(ready=True)
        rest = b""
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if woken in ready:
                os.read(woken, 4096)
                _reap(alive)
            if 0 in ready:
                got = os.read(0, 65536)
                if not got:
                    break
                *lines, rest = (rest + got).split(b"\n")
                alive.update(_fork(json.loads(line), actor.act) for line in lines)
    for pid in alive:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _warm(modules: list[str]) -> None:
    """Imports what an actor has come to need besides; some of it may be there only in passing."""
    for name in modules:
        with suppress(ImportError):
            import_module(name)


def _fork(job: Json, act: Any) -> int:
    pid = os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _alone(job["log"])
        os._exit(act(job))
    _tell(number=job["number"], pid=pid)
    return pid


def _alone(log: str) -> None:
    """The actor's own input and output; the pipes of the template are not its."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for mine in (1, 2):
        os.dup2(output, mine)
    os.close(output)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _reap(alive: set[int]) -> None:
    for pid in list(alive):
        ended, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if ended and os.WIFSTOPPED(status):
            _tell(pid=pid, stopped=True)
        elif ended:
            alive.discard(pid)
            _tell(pid=pid, ended=os.waitstatus_to_exitcode(status))


def _tell(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
