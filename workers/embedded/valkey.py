"""The embedded Valkey: a child of ours, on a Unix socket, its data in the data folder."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from signal import SIGTERM
from urllib.parse import quote

import redis

from workers.embedded.binaries import valkey_program
from workers.embedded.folder import DataFolder
from workers.embedded.server import ENVIRONMENT, EmbeddedServer
from workers.supervision.part import Part
from workers.supervision.process import end, mark_of, serves

_GRACE = timedelta(seconds=10)
_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "pidfile": "valkey.pid",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",  # a queue that forgets under pressure is worse than one that refuses
}


class EmbeddedValkey(EmbeddedServer):
    """Valkey with an append-only file, flushed each second. `durable=False` keeps nothing over a restart, for tests."""

    name = "valkey"

    def __init__(self, folder: DataFolder, *, durable: bool = True) -> None:
        super().__init__(folder)
        self._socket = folder.sockets / "valkey.sock"
        self._settings = {**_SETTINGS, "appendonly": "yes" if durable else "no"}

    @property
    def url(self) -> str:
        """For redis-py."""
        return f"unix://{quote(str(self._socket))}?db=0"

    @property
    def broker_url(self) -> str:
        """For Celery; kombu has a name of its own for a Redis on a Unix socket."""
        return f"redis+socket://{quote(str(self._socket))}?virtual_host=0"

    def part(self) -> Part:
        return Part(
            name=self.name,
            command=self._command,
            env=ENVIRONMENT,
            account=self._folder.account,
            folder=self._folder.servers_own(self.name),
            ready=self._ready,
            stop_signal=SIGTERM,
            death_signal=SIGTERM,
            stop_grace=_GRACE,
            address=self.url,
        )

    def _command(self) -> list[str]:
        data = self._folder.servers_own(self.name)
        _end_left_over(data)
        self._socket.unlink(missing_ok=True)
        # The working folder is the data folder already, and `dir` by path might be closed to the servers' user.
        settings = {**self._settings, "unixsocket": str(self._socket)}
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return [str(valkey_program(self._folder)), *options]

    def _ready(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self._socket), socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:  # not there yet, or still loading its file: asked again
            return False
        finally:
            client.close()


def _end_left_over(data: Path) -> None:
    """Ends a server that a killed supervisor left: two of them would write one file."""
    with suppress(FileNotFoundError, ValueError):
        pid = int((data / "valkey.pid").read_text())
        if serves(pid, "valkey-server", data):
            end(pid, mark_of(pid), SIGTERM, _GRACE)
