"""What a process was given to print on."""

from __future__ import annotations

import io
import os
import sys


def ready_for_any_terminal() -> None:
    """A closed stdout swallows what is printed, and a character that a terminal cannot show becomes a question mark."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - for the rest of the process
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115 - as above
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
