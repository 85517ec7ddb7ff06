"""The demo of all sources from beginning to end: let each tool's customer accept, watch, count, and say what came."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console, Group

from events.connections import SourceKind
from pipeline.domain.state import OrderState
from pipeline.operations import map_csv
from workers.commands.exits import Exit
from workers.commands.output import console, print_json
from workers.demo.all_sources.page import page, summary
from workers.demo.all_sources.play import Acceptance
from workers.demo.all_sources.stage import Stage, map_rows, new_secret, post, staged
from workers.demo.all_sources.verdict import Evidence, Talk, Verdict, judge, settled
from workers.demo.display import WIDEST
from workers.demo.marketplace import purchases
from workers.demo.run import client, save, told_to_end
from workers.demo.running import Running, keep_logs, running
from workers.demo.screen import Screen
from workers.demo.watching import Watch, look

DEADLINE = timedelta(seconds=120)
"""Of the first reading of the tools, and of the orders from the first acceptance on."""
_LOOK_EVERY = 0.25
_Seen = tuple[Watch, Mapping[str, int], Mapping[str, Sequence[str]], Mapping[str, Talk]]
_QUIET = 4.0  # longer than the polls are apart: whoever would order twice has had the time for it


def run(*, as_json: bool = False, svg: Path | None = None) -> Exit:
    """As `workers.demo.run.run`. Raises HostError."""
    to = Console(stderr=True) if as_json else console()
    watch = Watch()
    with told_to_end(), staged(new_secret()) as stage, Screen(to, stage.acceptances, watch) as screen:
        screen.note("starting PostgreSQL, Valkey, the simulated Pax8 and nine simulated tools, web and workers")
        with running(stage.variables) as found:
            judged = _Show(found, stage, screen, watch).play()
            logs = None if judged.kept else keep_logs(found)
        seconds = screen.seconds
        seen = screen.picture(seconds)
        screen.note("everything has been stopped")
    if svg is not None:
        save(svg, Group(seen, "", page(judged, seconds)))
    if as_json:
        print_json(summary(judged))
    else:
        to.print(page(judged, seconds, min(WIDEST, to.width)))
    if logs is not None:
        to.print(f"The logs of this run are kept in {logs}.")
    return Exit.OK if judged.kept else Exit.NOT_SO


@dataclass(slots=True)
class _Show:
    running: Running
    stage: Stage
    screen: Screen
    watch: Watch
    replied: bool = False
    answered: dict[str, int] = field(default_factory=dict)
    read: dict[str, dict[str, str]] = field(default_factory=dict)

    def play(self) -> Verdict:
        with client(self.running.web) as ours, client(self.running.simulator) as pax8:
            self._import_map(ours)
            self.screen.note("reading each tool for the first time: what was accepted before that is history")
            self._until_read(ours)
            self._accept(ours)
            seen = self._follow(ours)
            return judge(self.stage.acceptances, Evidence(*seen, purchases(pax8)))

    def _import_map(self, ours: httpx.Client) -> None:
        rows = map_rows(self.stage.plays)
        content = map_csv.write(rows).encode()
        ours.post("/api/product-map/import", content=content, headers={"content-type": "text/csv"}).raise_for_status()
        self.screen.note(f"the product map has {len(rows)} rows: what the tools call a product, and its terms")

    def _until_read(self, ours: httpx.Client) -> None:
        deadline = time.monotonic() + DEADLINE.total_seconds()
        tools = {play.name for play in self.stage.plays if play.simulator}
        while time.monotonic() < deadline:
            told = ours.get("/api/health").json()
            if tools <= {one["name"] for one in told["sources"] if one["last_poll_at"]}:
                return
            time.sleep(_LOOK_EVERY)

    def _accept(self, ours: httpx.Client) -> None:
        for play in self.stage.plays:
            if sent := self.stage.accept(play):
                self.answered[play.name] = post(ours, play, sent).status_code
        pushed, polled = len(self.answered), len(self.stage.plays) - len(self.answered)
        self.screen.note(f"accepted in {pushed + polled} tools: {pushed} send webhooks, {polled} are polled")

    def _follow(self, ours: httpx.Client) -> _Seen:
        """Looks again and again, until all have ended and stayed so, or the deadline is over."""
        deadline = time.monotonic() + DEADLINE.total_seconds()
        settled_at: float | None = None
        while True:
            self.screen.changed(self.watch.take(self._orders(ours)))
            self._reply()
            seen = self.watch, self.answered, self._read(ours), self._talk()
            if not settled(self.stage.acceptances, Evidence(*seen, ())):
                settled_at = None
            elif settled_at is None:
                settled_at = time.monotonic()
            if time.monotonic() >= min(deadline, (settled_at or deadline) + _QUIET):
                return seen
            time.sleep(_LOOK_EVERY)

    def _orders(self, ours: httpx.Client) -> Sequence[Mapping[str, Any]]:
        """Each named for its acceptance, whichever of its channels came first."""
        return [{**item, "quote_id": self._named(item)} for item in look(ours)]

    def _named(self, item: Mapping[str, Any]) -> str:
        system, quote_id = str(item["quote_system"]), str(item["quote_id"])
        found = [one.quote_id for one in self.stage.acceptances if one.names(system, quote_id)]
        return found[0] if found else f"{system} {quote_id}"

    def _reply(self) -> None:
        """HaloPSA does not say in which country a client is: whoever reads the question on the ticket answers there."""
        for one in self.stage.acceptances:
            order, ticket = self.watch.order(one.quote_id), one.wanted.ticket
            if self.replied or not order or order.state is not OrderState.ASKING or ticket is None:
                continue
            if ticket.system == SourceKind.HALOPSA and self.stage.reply_at_halopsa(ticket, one.wanted.customer.id):
                self.replied = True
                self.screen.note(f"a HaloPSA agent answers the question of {order.ref} on ticket {ticket.id}")

    def _talk(self) -> Mapping[str, Talk]:
        return {one.quote_id: self._talk_of(one) for one in self.stage.acceptances if one.wanted.ticket}

    def _talk_of(self, acceptance: Acceptance) -> Talk:
        ticket = acceptance.wanted.ticket
        return Talk(self.stage.notes(ticket), self.stage.status(ticket)) if ticket else Talk()

    def _read(self, ours: httpx.Client) -> Mapping[str, Sequence[str]]:
        """What events were read to, by connection; also of those that the newest have pushed off the list."""
        answer = ours.get("/api/events", params={"limit": 100})
        answer.raise_for_status()
        for event in answer.json()["items"]:
            self.read.setdefault(event["connection"], {})[event["id"]] = event["result"] or ""
        return {name: tuple(told.values()) for name, told in self.read.items()}
