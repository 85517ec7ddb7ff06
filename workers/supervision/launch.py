"""
Becomes another program, in a new process: ends with its parent, takes on its user, then is the command.

Run by path, as `python -I -S launch.py SPEC PROGRAM ARGUMENT...`, with nothing imported but the standard library. It is
a program of its own because a function between fork and exec isn't safe in a process with threads, and because the
kernel forgets the parent-death signal when the user changes: it has to be asked for after that, by the process itself.
"""

import ctypes
import json
import os
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, signal_number: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:
        sys.exit("The supervisor ended before this part had started.")


def main(spec: str, argv: list[str]) -> None:
    wanted = json.loads(spec)
    if wanted["folder"] is not None:
        os.chdir(wanted["folder"])  # before the user changes: that user need not reach the folder's parents
    if wanted["uid"] is not None:
        os.umask(0o077)
        os.setgroups([])
        os.setgid(wanted["gid"])
        os.setuid(wanted["uid"])
    die_with_parent(wanted["parent"], wanted["death_signal"])
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - the whole purpose; no shell is wanted
    except OSError as error:
        sys.exit(f"{argv[0]} cannot be run: {error.strerror}.")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
