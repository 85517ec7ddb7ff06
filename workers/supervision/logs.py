"""The output of each part: one file, so that nothing floods the terminal."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

_LARGEST = 20 * 1024 * 1024


def open_log(folder: Path, name: str) -> BinaryIO:
    """Opens `NAME.log` for adding to. Only its owner can read it."""
    return os.fdopen(os.open(folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb")


def rotate(folder: Path, name: str) -> None:
    """Puts the last run's `NAME.log` away as `NAME.1.log`, over an older one. Only while the part is not running."""
    current = folder / f"{name}.log"
    if current.exists():
        current.replace(folder / f"{name}.1.log")


def trim(folder: Path, name: str) -> None:
    """Puts a log past 20 MiB away under the hand of the process that writes it; a few lines may be lost."""
    current = folder / f"{name}.log"
    if current.exists() and current.stat().st_size > _LARGEST:
        shutil.copy2(current, folder / f"{name}.1.log")
        os.truncate(current, 0)


def last_lines(folder: Path, name: str, count: int = 5) -> str:
    """The end of a part's output, for the message that tells why it can't run."""
    current = folder / f"{name}.log"
    if not current.exists():
        return ""
    return "\n".join(current.read_text(errors="replace").splitlines()[-count:])
