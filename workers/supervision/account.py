"""The operating system's user under which a part runs, and what that user can reach."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from workers.supervision.errors import HostError

_PREFERRED = ("quoteway", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A user other than the one who runs the supervisor. Only root can start a part under one."""

    name: str
    uid: int
    gid: int


def named(name: str) -> Account:
    """Raises `KeyError` when the system knows no such user."""
    entry = pwd.getpwnam(name)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def unprivileged(owner_of: Path) -> Account | None:
    """
    Who runs the servers: None means the user who runs us, always so when that is not root.

    For root it is the owner of `owner_of`, if that exists and isn't root's, so that data once made keep their user;
    else the user `quoteway` where the system has one, else `nobody`.
    """
    if os.geteuid() != 0:
        return None
    if owner_of.exists() and (owner := owner_of.stat()).st_uid != 0:
        return Account(owner_of.owner(), owner.st_uid, owner.st_gid)
    known = {entry.pw_name for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in _PREFERRED:
        if name in known:
            return named(name)
    raise HostError(
        "embedded.no_user",
        "PostgreSQL does not run as root, and this system has no user named quoteway or nobody: "
        "make one (useradd --system quoteway), or run quoteway as another user.",
    )


def can_enter(account: Account | None, folder: Path) -> bool:
    """Whether `account` may pass every folder down to and including `folder`, by their modes; None (ourselves) may."""
    if account is None:
        return True
    path = folder.resolve()
    return all(_permits(step.stat(), account, stat.S_IXOTH) for step in (*path.parents, path))


def can_run(account: Account | None, program: Path) -> bool:
    """Whether `account` may execute the file, and reach it."""
    if account is None:
        return os.access(program, os.X_OK)
    return _permits(program.stat(), account, stat.S_IXOTH) and can_enter(account, program.parent)


def _permits(found: os.stat_result, account: Account, bit: int) -> bool:
    if found.st_uid == account.uid:
        return bool(found.st_mode & bit << 6)
    if found.st_gid == account.gid:
        return bool(found.st_mode & bit << 3)
    return bool(found.st_mode & bit)
