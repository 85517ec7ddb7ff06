"""The demo of all sources, run for real."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from events.connections import SourceKind
from tests.flow.test_demo import quoteway


def test_one_acceptance_from_each_source_comes_to_live_subscriptions_and_to_its_ticket() -> None:
    with tempfile.TemporaryDirectory(prefix="qw-", dir="/tmp") as folder:
        temporary = Path(folder)
        temporary.chmod(0o711)

        shown = quoteway("demo", "--all-sources", "--json", temporary=temporary)

        assert shown.returncode == 0, shown.stderr + shown.stdout
        verdict = json.loads(shown.stdout)
        counts = {name: verdict[name] for name in ("accepted", "joined", "ordered", "live", "doubled", "noted")}
        assert counts == {"accepted": 10, "joined": 2, "ordered": 8, "live": 8, "doubled": 0, "noted": 6}
        sources = {each["source"]: each for each in verdict["sources"]}
        assert set(sources) == set(SourceKind)
        assert not [fault for each in sources.values() for fault in each["faults"]]
        orders = {name: each["order"]["ref"] for name, each in sources.items()}
        assert orders["connectwise"] == orders["connectwise_cpq"]
        assert orders["autotask"] == orders["kaseya_quote_manager"]
        assert "a HaloPSA agent answers" in shown.stderr
        assert not list(temporary.iterdir())
