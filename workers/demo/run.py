"""The demo from beginning to end: start everything, send, watch, count, and say what it comes to."""

from __future__ import annotations

import io
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
from rich.console import Console, Group, RenderableType

from workers.commands.exits import Exit
from workers.commands.output import console, print_json
from workers.demo.cases import CASES
from workers.demo.display import WIDEST
from workers.demo.display import verdict as verdict_page
from workers.demo.marketplace import purchases, steer
from workers.demo.running import Running, keep_logs, running
from workers.demo.screen import Screen
from workers.demo.sending import Delivery, send_all
from workers.demo.verdict import Verdict, judge, settled
from workers.demo.watching import Watch, look, whole

DEADLINE = timedelta(seconds=120)
"""Of the orders, from the first webhook on."""
_LOOK_EVERY = 0.2
_QUIET = 2.0  # after all have ended: whoever would buy twice has had the time for it


def run(*, as_json: bool = False, svg: Path | None = None) -> Exit:
    """
    Shows it and answers OK if every case ended as it should, NOT_SO if not. `svg`: where to save what is seen at the
    end, as a picture. Raises HostError.
    """
    to = Console(stderr=True) if as_json else console()
    watch = Watch()
    with told_to_end(), Screen(to, CASES, watch) as screen:
        screen.note("starting PostgreSQL, Valkey, the simulated Pax8, web and workers")
        with running() as found:
            judged = _Demo(found, screen, watch).play()
            logs = None if judged.kept else keep_logs(found)
        seconds = screen.seconds
        seen = screen.picture(seconds)
        screen.note("everything has been stopped")
    shown = verdict_page(judged, seconds, min(WIDEST, to.width))
    if svg is not None:
        save(svg, Group(seen, "", verdict_page(judged, seconds)))
    if as_json:
        print_json(_summary(judged))
    else:
        to.print(shown)
    if logs is not None:
        to.print(f"The logs of this run are kept in {logs}.")
    return Exit.OK if judged.kept else Exit.NOT_SO


@dataclass(frozen=True, slots=True)
class _Demo:
    running: Running
    screen: Screen
    watch: Watch

    def play(self) -> Verdict:
        with client(self.running.web) as ours, client(self.running.simulator) as pax8:
            steer(pax8, CASES)
            self.screen.note("sending signed quote-accepted webhooks, one of them twice")
            deliveries = send_all(ours, self.running.secret, CASES, f"{time.time_ns():x}")
            self.screen.note(_sent(deliveries))
            self._follow(ours)
            return judge(CASES, deliveries, self.watch, self._details(ours), purchases(pax8))

    def _follow(self, ours: httpx.Client) -> None:
        """Looks again and again, until all have ended and stayed so, or the deadline is over."""
        deadline = time.monotonic() + DEADLINE.total_seconds()
        settled_at: float | None = None
        while time.monotonic() < deadline:
            self.screen.changed(self.watch.take(look(ours)))
            if not settled(CASES, self.watch):
                settled_at = None
            elif settled_at is None:
                settled_at = time.monotonic()
            elif time.monotonic() - settled_at >= _QUIET:
                return
            time.sleep(_LOOK_EVERY)

    def _details(self, ours: httpx.Client) -> dict[str, dict[str, Any]]:
        orders = {case.quote_id: self.watch.order(case.quote_id) for case in CASES}
        return {quote_id: whole(ours, order.ref) for quote_id, order in orders.items() if order}


def client(base_url: str) -> httpx.Client:
    return httpx.Client(base_url=base_url, trust_env=False, timeout=15)


def save(svg: Path, picture: RenderableType) -> None:
    recorder = Console(record=True, width=WIDEST, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    recorder.print(picture)
    recorder.save_svg(str(svg), title="quoteway demo")


def _sent(deliveries: list[Delivery]) -> str:
    again = sum(delivery.answer == "duplicate" for delivery in deliveries)
    return f"{len(deliveries)} webhooks sent, {again} recognised as a duplicate"


def _summary(judged: Verdict) -> dict[str, Any]:
    counts = {name: getattr(judged, name) for name in ("accepted", "ordered", "live", "asking", "doubled")}
    return {
        "kept": judged.kept,
        **counts,
        "cases": [
            {
                "quote": result.case.quote_id,
                "shows": result.case.title,
                "order": asdict(result.order) if result.order else None,
                "purchases": [purchase.id for purchase in result.purchases],
                "faults": list(result.faults),
            }
            for result in judged.results
        ],
        "faults": list(judged.faults),
    }


@contextmanager
def told_to_end() -> Iterator[None]:
    """SIGTERM and SIGHUP end the demo as Ctrl-C does: with everything stopped and the folder gone."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
