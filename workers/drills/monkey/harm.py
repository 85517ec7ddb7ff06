"""The monkey: strikes both servers as planned."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from signal import SIGCONT, SIGQUIT, SIGSTOP

import redis

from workers.celery_app import PREFIX, QUEUES
from workers.drills.house import NotInTime, Servers, until
from workers.drills.monkey.plan import Harm, Strike

_FELT_WITHIN = 5.0


@dataclass
class Monkey:
    """
    Everything happens in the thread that calls `play`: servers end with the thread that started them. `felt` says that
    somebody has met the broker's absence; the first one lasts until then, within reason. `forgotten` is how many
    messages were lost with what the broker forgot or held when it was killed.
    """

    servers: Servers
    felt: Callable[[], bool]
    tell: Callable[[str], None]
    done: Counter[Harm] = field(default_factory=Counter)
    forgotten: int = 0

    def play(self, strikes: Sequence[Strike], begin: float) -> None:
        """`begin` is of the monotonic clock."""
        for strike in strikes:
            time.sleep(max(0.0, begin + strike.at - time.monotonic()))
            self._strike(strike.harm)
            self.done[strike.harm] += 1
            self.tell(strike.harm)

    def _strike(self, harm: Harm) -> None:
        match harm:
            case Harm.FORGET:
                self._forget()
            case Harm.STOP:
                self.forgotten += self._waiting()
                self.servers.valkey.kill()
            case Harm.START:
                with suppress(NotInTime):
                    until(self.felt, _FELT_WITHIN)
                self.servers.valkey.start()
            case Harm.FREEZE:
                self._signal(SIGSTOP)
            case Harm.THAW:
                self._signal(SIGCONT)
            case Harm.RESTART:
                self.servers.postgres.stop(SIGQUIT)
                self.servers.postgres.start()

    def _forget(self) -> None:
        with redis.Redis.from_url(self.servers.valkey.url) as client, client.pipeline() as together:
            for queue in QUEUES:
                together.llen(PREFIX + queue)
            *lengths, _ = together.flushall().execute()
            self.forgotten += sum(lengths)

    def _waiting(self) -> int:
        with redis.Redis.from_url(self.servers.valkey.url) as client:
            return sum(int(client.llen(PREFIX + queue)) for queue in QUEUES)

    def _signal(self, number: int) -> None:
        pid = self.servers.valkey.pid
        if pid is not None:
            os.kill(pid, number)
