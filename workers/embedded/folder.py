"""The data folder: whose it is, what lies where in it, and that only one of us uses it."""

import fcntl
import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from workers.supervision.account import Account, can_enter, unprivileged
from workers.supervision.errors import HostError

_LONGEST_SOCKET_PATH = 103  # sun_path: 107 bytes on Linux, 103 on macOS
_LONGEST_SOCKET_NAME = ".s.PGSQL.5432"
_SYSTEM_BINARIES = Path("/var/lib/quoteway/binaries")


@dataclass(frozen=True, slots=True)
class DataFolder:
    """
    A claimed data folder: whoever holds one holds its lock.

    `account` runs the servers (None: we do). `sockets` is where they listen: in the folder, or elsewhere when that path
    is too long for a socket or closed to `account`. `binaries` takes copies of programs that `account` can't reach.
    """

    path: Path
    account: Account | None
    sockets: Path
    binaries: Path

    def servers_own(self, name: str) -> Path:
        """The folder `name` for a server's data, made if need be: the servers' user's, mode 0700."""
        return own_folder(self.path / name, self.account)

    def seen_by_server(self, folder: Path) -> str:
        """
        How a server that was started in `folder` names it.

        By its path; where `account` may not pass the parents, by Linux's name for the working folder, which needs no
        way through them. So nobody's permissions have to change.
        """
        return str(folder) if can_enter(self.account, folder) else "/proc/self/cwd"


@contextmanager
def claim(path: Path) -> Iterator[DataFolder]:
    """
    Makes the data folder if need be, and holds it against every other process until the end of the block.

    Raises `HostError`: `embedded.folder_in_use` naming the process that has it, `embedded.folder_closed` when we may
    not write there, or the servers' user could not work there. No existing folder's permissions are changed.
    """
    path = path.expanduser().resolve()
    account = unprivileged(path / "postgres")
    try:
        _make(path, account)
        lock = os.fdopen(os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600), "r+")
    except OSError as error:
        raise HostError(
            "embedded.folder_closed",
            f"The data folder {path} cannot be used ({error.strerror}): choose another one with QUOTEWAY_DATA_DIR.",
        ) from error
    with lock:
        _take(lock, path)
        folder = _laid_out(path, account)
        try:
            yield folder
        finally:
            if folder.sockets.parent != path:
                with suppress(OSError):  # not empty: a server that is still ending takes its socket away itself
                    folder.sockets.rmdir()


def own_folder(path: Path, account: Account | None) -> Path:
    """Makes `path` with mode 0700 for `account`; one that is there must be `account`'s own, and no link."""
    owner = account.uid if account else os.geteuid()
    try:
        path.mkdir(mode=0o700)
        if account:
            os.chown(path, account.uid, account.gid)
    except FileExistsError:
        pass
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise HostError(
            "embedded.folder_foreign",
            f"{path} is there already and belongs to another user: remove it, or ask its owner to.",
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        path.chmod(0o700)
    return path


def _make(path: Path, account: Account | None) -> None:
    if not path.exists():
        path.mkdir(parents=True, mode=0o700)
        if account:
            path.chmod(0o711)  # the servers' user has to pass, on the way to its own folders


def _take(lock: IO[str], path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        raise HostError(
            "embedded.folder_in_use",
            f"The data folder {path} is in use by process {holder}: "
            "stop that one, or choose another folder with QUOTEWAY_DATA_DIR.",
        ) from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()


def _laid_out(path: Path, account: Account | None) -> DataFolder:
    enterable = can_enter(account, path)
    if not enterable and sys.platform != "linux":
        raise HostError(
            "embedded.folder_closed",
            f"The user {account.name if account else ''}, who runs the servers, cannot reach {path}: "
            "choose a folder outside of private ones with QUOTEWAY_DATA_DIR.",
        )
    return DataFolder(
        path=path,
        account=account,
        sockets=_sockets(path, account, enterable),
        binaries=path / "binaries" if enterable else _SYSTEM_BINARIES,
    )


def _sockets(path: Path, account: Account | None, enterable: bool) -> Path:
    near = path / "run"
    if enterable and len(os.fsencode(near / _LONGEST_SOCKET_NAME)) <= _LONGEST_SOCKET_PATH:
        return own_folder(near, account)
    # Named by the data folder, so that after a kill the next start finds and replaces its own sockets.
    key = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return own_folder(_runtime() / f"quoteway-{os.geteuid()}-{key}", account)


def _runtime() -> Path:
    """The first of the usual places for sockets that is ours to write, with a short name on every system."""
    mine = Path(f"/run/user/{os.geteuid()}")
    choices = [Path("/run")] if os.geteuid() == 0 else [mine]
    return next((place for place in choices if place.is_dir() and os.access(place, os.W_OK)), Path("/tmp"))  # noqa: S108
