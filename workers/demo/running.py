"""A whole Quoteway for the length of the demo: servers, simulator, web and workers, in a folder that goes with it."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from pipeline.store.cipher import new_key
from workers.commands.reach import OwnServers, own_variables
from workers.commands.whole import Whole, address, free_port
from workers.embedded import DataFolder, EmbeddedPostgres, EmbeddedValkey, claim
from workers.settings import environment_for, variable
from workers.supervision import Supervisor

_START_WITHIN = timedelta(seconds=90)
_HOST = "127.0.0.1"
# Shorter waits than anybody wants in earnest, so that the demo is over in half a minute.
_POLL_INTERVALS = "1,1,2"
_SETTLE_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Running:
    """Where it answers. `secret` signs the webhooks of the connection `demo`."""

    web: str
    simulator: str
    logs: Path
    secret: str = field(repr=False)


@contextmanager
def running(more: Mapping[str, str] = MappingProxyType({})) -> Iterator[Running]:
    """
    Everything started and ready; at the end everything stopped, and the folder gone. Raises HostError.

    No setting of the person who shows it is used: a real account that is configured is not touched. `more` are
    variables beside the demo's own.
    """
    with _folder() as folder, claim(folder / "data") as claimed:
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        servers = EmbeddedPostgres(claimed, durable=False), EmbeddedValkey(claimed, durable=False)
        whole = _whole(claimed, servers, secret, more)
        with Supervisor(whole.parts(), claimed.path) as supervisor:
            supervisor.wait_ready(_START_WITHIN)
            simulator = address(_HOST, whole.simulator_port or 0)
            yield Running(whole.web_address, simulator, claimed.path / "logs", secret)


def keep_logs(found: Running) -> Path:
    """Copies the parts' output out of the folder that is about to go."""
    kept = Path(tempfile.mkdtemp(prefix="quoteway-demo-logs-"))
    shutil.copytree(found.logs, kept, dirs_exist_ok=True)
    return kept


def _whole(
    folder: DataFolder, servers: tuple[EmbeddedPostgres, EmbeddedValkey], secret: str, given: Mapping[str, str]
) -> Whole:
    database, broker = servers
    web_port, simulator_port = free_port(), free_port()
    own = OwnServers(database.url, broker.url, address(_HOST, simulator_port), (new_key(),))
    more = {"host": _HOST, "port": web_port, "data_dir": folder.path, "poll_intervals": _POLL_INTERVALS}
    variables = {
        **own_variables(own, more),
        variable("sources", "demo", "kind"): "generic",
        variable("sources", "demo", "secrets"): secret,
        variable("sources", "demo", "default_marketplace"): "pax8",
        variable("marketplaces", "pax8", "settle_seconds"): str(_SETTLE_SECONDS),
        **given,
    }
    return Whole(
        servers=servers,
        environment=environment_for(variables, alone=True),
        database_url=database.url,
        host=_HOST,
        port=web_port,
        simulator_port=simulator_port,
        folder=folder.path,
    )


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="quoteway-demo-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # the servers run as another user, who has to pass
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
