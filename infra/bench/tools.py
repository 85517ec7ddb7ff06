"""
The simulated quote tools and PSAs as a process of their own, and the webhooks that they send.

Prints the settings of their connections as JSON, then, for each line of the input, a number, so many deliveries: the
tools in turns, each time about a change of what was accepted there.
"""

from __future__ import annotations

import json
import sys
from itertools import cycle, islice
from typing import Any

from events.connections import SourceKind
from workers.demo.all_sources.play import Play
from workers.demo.all_sources.stage import Stage, new_secret, staged


def main() -> None:
    with staged(new_secret()) as stage:
        print(json.dumps(dict(stage.variables)), flush=True)
        senders = cycle([play for play in stage.plays if play.kind is not SourceKind.GENERIC and _sends(stage, play)])
        for line in sys.stdin:
            print(json.dumps([_delivery(stage, play) for play in islice(senders, int(line))]), flush=True)


def _sends(stage: Stage, play: Play) -> bool:
    return stage.accept(play) is not None


def _delivery(stage: Stage, play: Play) -> dict[str, Any]:
    sent = stage.accept(play)
    assert sent is not None
    path = f"/in/{play.name}" + (f"?{sent.query}" if sent.query else "")
    return {"path": path, "body": sent.body.decode(), "headers": dict(sent.headers)}


if __name__ == "__main__":
    main()
