"""Where the demo is watched: a live picture on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live

from workers.demo.display import WIDEST, Shown, plain_line, progress
from workers.demo.watching import Seen, Watch


class Screen:
    """Shows how far the orders are. `note` is a word about what is being done meanwhile. A context manager."""

    def __init__(self, console: Console, cases: Sequence[Shown], watch: Watch) -> None:
        self._console, self._cases, self._watch = console, cases, watch
        self._began = time.monotonic()
        self._note = ""
        self._live = Live(
            console=console, get_renderable=self._live_picture, refresh_per_second=8, auto_refresh=console.is_terminal
        )

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def note(self, text: str) -> None:
        self._note = text
        if not self._console.is_terminal:
            self._line(f"{self.seconds:5.1f} s  {text}")

    def changed(self, orders: Sequence[Seen]) -> None:
        """What changed since the last look. On a terminal the picture shows it anyway."""
        if self._console.is_terminal:
            return
        known = {case.quote_id: case for case in self._cases}
        for order in orders:
            if order.quote_id in known:
                self._line(plain_line(known[order.quote_id], order, self.seconds))

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def _line(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False)

    def picture(self, seconds: float, width: int = WIDEST) -> RenderableType:
        return progress(self._cases, self._watch, seconds, self._note, width)

    def _live_picture(self) -> RenderableType:
        return self.picture(self.seconds, min(WIDEST, self._console.width))
