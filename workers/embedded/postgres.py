"""The embedded PostgreSQL: a child of ours, on a Unix socket, its data in the data folder."""

import shutil
import subprocess
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from signal import SIGINT, SIGKILL
from urllib.parse import quote

import psycopg
from psycopg import sql

from workers.embedded.binaries import POSTGRES_MAJOR, postgres_programs
from workers.embedded.folder import DataFolder, own_folder
from workers.embedded.server import ENVIRONMENT, EmbeddedServer
from workers.supervision.child import launcher
from workers.supervision.errors import HostError
from workers.supervision.part import Part
from workers.supervision.process import end, mark_of, serves

_ROLE = _DATABASE = "quoteway"
_GRACE = timedelta(seconds=60)  # a fast shutdown writes all that is in memory
_INITDB = (
    *("-U", _ROLE, "--auth=trust", "--encoding=UTF8", "--no-instructions"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    # Customers' data stay out of the log: no statement, and no DETAIL with the values of a violated key.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}  # a commit still outlives the server's own death


class EmbeddedPostgres(EmbeddedServer):
    """
    PostgreSQL with one role and one database, `quoteway`; both are there when it is ready.

    Only root and the servers' user can connect: the socket lies in a folder of mode 0700, which takes the place of a
    password. `durable=False` gives safety against power loss away for speed, for tests.
    """

    name = "postgres"

    def __init__(self, folder: DataFolder, *, durable: bool = True) -> None:
        super().__init__(folder)
        self._settings = _SETTINGS if durable else {**_SETTINGS, **_NOT_DURABLE}
        self._sync = durable

    @property
    def url(self) -> str:
        """For SQLAlchemy and psycopg alike."""
        return self.url_of(_DATABASE)

    def url_of(self, database: str) -> str:
        """The address of another database of this server."""
        return f"postgresql://{_ROLE}@/{quote(database)}?host={quote(str(self._folder.sockets))}"

    def part(self) -> Part:
        return Part(
            name=self.name,
            command=self._command,
            env=ENVIRONMENT,
            account=self._folder.account,
            folder=self._folder.servers_own(self.name),
            ready=self._ready,
            stop_signal=SIGINT,
            death_signal=SIGINT,
            stop_grace=_GRACE,
            address=self.url,
        )

    def _command(self) -> list[str]:
        folder, programs = self._folder, postgres_programs(self._folder)
        data = folder.servers_own(self.name)
        if not (data / "PG_VERSION").exists():
            self._initialise(data, programs.initdb)
        _check_version(data)
        _end_left_over(data)
        settings = {**self._settings, "unix_socket_directories": str(folder.sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(programs.postgres), "-D", folder.seen_by_server(data), *options]

    def _initialise(self, data: Path, initdb: Path) -> None:
        """Under another name until it is complete, so that a kill leaves no half of it behind."""
        half = self._folder.path / "postgres.new"
        if half.exists():
            shutil.rmtree(half)
        own_folder(half, self._folder.account)
        ours = launcher(self._folder.account, half, SIGKILL)
        command = [str(initdb), "-D", self._folder.seen_by_server(half), *_INITDB]
        made = subprocess.run(  # noqa: S603 - a program of the wheel
            [*ours, *command, *([] if self._sync else ["--no-sync"])],
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise HostError(
                "embedded.initdb_failed", f"PostgreSQL cannot make its data in {data}: {made.stderr.strip()}"
            )
        half.rename(data)

    def _ready(self) -> bool:
        try:
            self._connect(_DATABASE).close()
        except psycopg.OperationalError as error:
            if f'database "{_DATABASE}" does not exist' in str(error):
                self._make_database()
            return False  # not there yet, starting up or in recovery: asked again
        return True

    def _make_database(self) -> None:
        with suppress(psycopg.Error), self._connect("postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DATABASE)))

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(self.url_of(database), autocommit=True, connect_timeout=2)


def _check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != POSTGRES_MAJOR:
        raise HostError(
            "embedded.other_version",
            f"The data in {data} are of PostgreSQL {found} and this release runs {POSTGRES_MAJOR}: "
            "dump them with the release that made them, and restore them into a new data folder.",
        )


def _end_left_over(data: Path) -> None:
    """
    Ends a server that a killed supervisor left.

    Where its process id is another program's by now, the pid file goes: PostgreSQL would not start beside that one.
    """
    pid_file = data / "postmaster.pid"
    with suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(pid_file.read_text().split()[0])
        if serves(pid, "postgres", data):
            end(pid, mark_of(pid), SIGINT, _GRACE)
        elif mark_of(pid) is not None:
            pid_file.unlink()
