"""What is loaded only once it is needed, told from processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_names_of_marketplaces_load_no_adapter() -> None:
    code = (
        "import sys, workers.settings as s; s.load_settings({}, None); from pipeline.marketplaces import marketplaces"
    )
    seen = "; marketplaces(); print([name for name in sys.modules if name.endswith('.account')])"
    done = subprocess.run(
        [sys.executable, "-c", code + seen], cwd=ROOT, capture_output=True, text=True, env=dict(os.environ), check=False
    )

    assert (done.stdout.strip(), done.stderr) == ("[]", "")
