"""The demo, run for real: what `make demo` shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def quoteway(*arguments: str, temporary: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "workers.cli", *arguments],
        env={"PATH": os.environ["PATH"], "TMPDIR": str(temporary), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_every_accepted_quote_becomes_exactly_one_order_or_a_question() -> None:
    with tempfile.TemporaryDirectory(prefix="qw-", dir="/tmp") as folder:
        temporary = Path(folder)
        temporary.chmod(0o711)

        # Whoever shows the demo may have a real account configured: it must not be touched.
        shown = quoteway(
            "demo",
            "--json",
            temporary=temporary,
            QUOTEWAY_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
            QUOTEWAY_MARKETPLACES__PAX8__BASE_URL="http://127.0.0.1:1/v1",
        )

        assert shown.returncode == 0, shown.stderr + shown.stdout
        verdict = json.loads(shown.stdout)
        counts = {name: verdict[name] for name in ("accepted", "ordered", "live", "asking", "doubled")}
        assert counts == {"accepted": 7, "ordered": 5, "live": 5, "asking": 2, "doubled": 0}
        assert not [fault for case in verdict["cases"] for fault in case["faults"]]
        assert "1 recognised as a duplicate" in shown.stderr
        assert not list(temporary.iterdir())
