"""The demo of all marketplaces from beginning to end: one quote accepted, followed, counted at each of the four."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console, Group

from pipeline.domain.state import OrderState
from pipeline.marketplaces.simulated import Simulated
from workers.commands.exits import Exit
from workers.commands.output import console, print_json
from workers.commands.quote_page import page as quote_page
from workers.demo.all_marketplaces.stage import ASKING, PARTS, QUOTE, Stage, document, staged
from workers.demo.all_marketplaces.verdict import Verdict, judge, page
from workers.demo.marketplace import purchases
from workers.demo.run import client, save, told_to_end
from workers.demo.running import Running, keep_logs, running
from workers.demo.screen import Screen
from workers.demo.sending import signed
from workers.demo.watching import Watch, look

DEADLINE = timedelta(seconds=90)
"""Of each of the two waits: until one part asks and the rest is live, and until all of it is."""
_LOOK_EVERY = 0.2
_QUIET = 2.0  # whoever would buy twice has had the time for it


def run(*, as_json: bool = False, svg: Path | None = None, folder: Path) -> Exit:
    """As `workers.demo.run.run`; the folder is for AppXite's templates. Raises HostError."""
    to = Console(stderr=True) if as_json else console()
    watch = Watch()
    with told_to_end(), staged(folder) as stage, Screen(to, PARTS, watch) as screen:
        screen.note("starting PostgreSQL, Valkey, four simulated marketplaces, web and workers")
        with running(stage.variables) as found:
            judged = _Show(found, stage, screen, watch).play()
            logs = None if judged.kept else keep_logs(found)
        seconds = screen.seconds
        screen.note("everything has been stopped")
    told = [part for quote in (judged.between, judged.at_the_end) if quote for part in (quote_page(quote), "")]
    shown = Group(*told, page(judged, seconds))
    if svg is not None:
        save(svg, shown)
    if as_json:
        print_json(judged.summary())
    else:
        to.print(shown)
    if logs is not None:
        to.print(f"The logs of this run are kept in {logs}.")
    return Exit.OK if judged.kept else Exit.NOT_SO


@dataclass(frozen=True, slots=True)
class _Show:
    running: Running
    stage: Stage
    screen: Screen
    watch: Watch

    def play(self) -> Verdict:
        with client(self.running.web) as ours, client(self.running.simulator) as pax8:
            self.screen.note(f"the customer accepts {QUOTE}: one quote, four marketplaces")
            self._accept(ours)
            between = self._until(ours, _one_asks)
            self.screen.note("somebody confirms the monitors in FlexPortal's dashboard; the others were never held up")
            self.stage.confirm()
            at_the_end = self._until(ours, _all_live)
            time.sleep(_QUIET)
            return judge(between, at_the_end, self._bought(pax8))

    def _accept(self, ours: httpx.Client) -> None:
        now = datetime.now(UTC)
        message = signed(self.running.secret, f"msg_{time.time_ns():x}", now, document(now))
        message.post(ours).raise_for_status()

    def _until(self, ours: httpx.Client, reached: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
        """The quote as the operator API shows it once it has got there, or at the deadline."""
        deadline = time.monotonic() + DEADLINE.total_seconds()
        quote: dict[str, Any] = {}
        while time.monotonic() < deadline:
            by_marketplace = [{**item, "quote_id": item["marketplace"]} for item in look(ours)]
            self.screen.changed(self.watch.take(by_marketplace))
            found = ours.get("/api/quotes", params={"quote": QUOTE}).raise_for_status().json()["items"]
            quote = found[0] if found else {}
            if quote and reached(quote):
                break
            time.sleep(_LOOK_EVERY)
        return quote

    def _bought(self, pax8: httpx.Client) -> dict[str, int]:
        """How many orders were made at each marketplace, counted there."""
        counted = {Simulated.PAX8.value: len(purchases(pax8))}
        for name, simulator in self.stage.served.items():
            with simulator.locked():
                counted[name.value] = len(simulator.bought)
        return counted


def _one_asks(quote: Mapping[str, Any]) -> bool:
    states = {part["marketplace"]: OrderState(part["state"]) for part in quote["orders"]}
    wanted = {part.quote_id: OrderState.ASKING if part.quote_id == ASKING else OrderState.DONE for part in PARTS}
    return states == wanted


def _all_live(quote: Mapping[str, Any]) -> bool:
    return OrderState(quote["state"]) is OrderState.DONE
