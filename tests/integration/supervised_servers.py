"""
A small `quoteway up`, run as a process of its own so that a test can kill it: both servers and nothing else.

    python supervised_servers.py FOLDER [outlive]

With `outlive` the servers stay when it is killed, as they would where the kernel has no signal for a parent's death.
"""

import sys
from dataclasses import replace
from pathlib import Path
from signal import SIGCONT

from workers.embedded import EmbeddedPostgres, EmbeddedValkey, claim
from workers.supervision import HostError, Supervisor


def main(folder: Path, outlive: bool) -> None:
    with claim(folder) as claimed:
        parts = [EmbeddedPostgres(claimed, durable=False).part(), EmbeddedValkey(claimed).part()]
        if outlive:
            parts = [replace(part, death_signal=SIGCONT) for part in parts]
        Supervisor(parts, claimed.path).run()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), "outlive" in sys.argv)
    except HostError as error:
        sys.exit(str(error))
