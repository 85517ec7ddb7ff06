"""Real servers for tests: a folder for them, and fresh databases by copying."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from workers.embedded import DataFolder, EmbeddedPostgres, claim

_TEMPLATE = "template_of_tests"
_IN_MEMORY = Path("/dev/shm")
_ROOM = 8 << 30


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """
    An empty folder with a short path, gone afterwards.

    Not pytest's: as root that one is closed to the user who runs the servers, which is a case of its own.
    """
    folder = Path(tempfile.mkdtemp(prefix="qw-", dir=_below()))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _below() -> Path | None:
    """In memory, where there is room: each test's database is some hundred files that are made and thrown away."""
    if not os.access(_IN_MEMORY, os.W_OK) or os.statvfs(_IN_MEMORY).f_flag & os.ST_NOEXEC:
        return None
    return _IN_MEMORY if shutil.disk_usage(_IN_MEMORY).free >= _ROOM else None


@contextmanager
def claimed_folder() -> Iterator[DataFolder]:
    with fresh_folder() as folder, claim(folder / "data") as claimed:
        yield claimed


class Databases:
    """Fresh databases on one server, each a copy of a template that is migrated once."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._made = 0

    def prepare(self, upgrade: Callable[[str], None]) -> None:
        """Makes the template. `upgrade` gets its address and must leave no connection open."""
        self._do("CREATE DATABASE {}", _TEMPLATE)
        upgrade(self._server.url_of(_TEMPLATE))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of a copy of the template; afterwards it is dropped, whoever is still connected."""
        self._made += 1
        name = f"test_{self._made}"
        self._do(f"CREATE DATABASE {{}} TEMPLATE {_TEMPLATE}", name)
        try:
            yield self._server.url_of(name)
        finally:
            self._do("DROP DATABASE {} WITH (FORCE)", name)

    def _do(self, statement: str, name: str) -> None:
        with psycopg.connect(self._server.url_of("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
