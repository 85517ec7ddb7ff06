"""The demo of all marketplaces, run for real."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.flow.test_demo import quoteway

EVERYWHERE = ("appxite", "flexportal", "limio", "pax8")


def test_one_quote_over_four_marketplaces_asks_in_one_part_and_is_live_in_the_others() -> None:
    with tempfile.TemporaryDirectory(prefix="qw-", dir="/tmp") as folder:
        temporary = Path(folder)
        temporary.chmod(0o711)

        shown = quoteway("demo", "--all-marketplaces", "--json", temporary=temporary)

        assert shown.returncode == 0, shown.stderr + shown.stdout
        verdict = json.loads(shown.stdout)
        between = {part["marketplace"]: part["state"] for part in verdict["between"]["orders"]}
        assert between == {**dict.fromkeys(EVERYWHERE, "done"), "flexportal": "asking"}
        assert (verdict["between"]["state"], verdict["between"]["lines_live"]) == ("asking", 3)
        assert (verdict["at_the_end"]["state"], verdict["at_the_end"]["lines_live"]) == ("done", 4)
        assert verdict["bought"] == dict.fromkeys(EVERYWHERE, 1)
        assert verdict["faults"] == []
        assert not list(temporary.iterdir())
