"""`quoteway up`: everything, on servers of its own where none are configured, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from workers import configured
from workers.commands.flower_access import check_flower
from workers.commands.output import console
from workers.commands.reach import OwnServers, data_folder, own_variables
from workers.commands.whole import Whole, address, check_free, free_port, prepare
from workers.embedded import DataFolder, EmbeddedPostgres, EmbeddedValkey, claim
from workers.embedded.server import EmbeddedServer
from workers.settings import Settings, environment_for, load_settings, variable
from workers.supervision import Part, PartEvent, PartState, Supervisor


def run(host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Blocks until SIGINT, SIGTERM or SIGHUP. Raises SettingsError and HostError."""
    settings = load_settings()
    given = {"host": host, "port": port, "data_dir": data_dir}
    settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    folder = data_folder(data_dir, settings)
    check_flower(settings)
    _check_notices(settings)
    with claim(folder) as claimed:  # first: a second `up` is told of the first one, not of its ports
        check_free(settings.host, settings.port, f"{variable('port')} or --port")
        check_free(settings.host, settings.flower_port, variable("flower_port"))
        if settings.database_url is not None:
            prepare(settings.database_url.get_secret_value())
        whole = arranged(settings, claimed)
        parts = whole.parts()
        Supervisor(parts, claimed.path, Teller(console(), parts, lambda: _addresses(whole, claimed.path))).run()


def _check_notices(settings: Settings) -> None:
    """Here, where it ends the whole with one sentence: in each of the parts it would be a restart without end."""
    if settings.notices:
        from workers.bootstrap import channels_of

        channels_of(settings)


def arranged(settings: Settings, folder: DataFolder) -> Whole:
    """What is to run with these settings: own servers for those not named, the simulator beside nothing real."""
    servers = list(_servers(settings, folder))
    urls = {server.name: server.url for server in servers}
    simulator_port = free_port() if configured.simulated(settings) else None
    own = OwnServers(
        database_url=urls.get("postgres", ""),
        redis_url=urls.get("valkey", ""),
        simulator=address("127.0.0.1", simulator_port) if simulator_port else "",
        keys=() if settings.encryption_keys else configured.encryption_keys(settings, folder.path),
    )
    variables = own_variables(
        own,
        {
            "host": settings.host,
            "port": settings.port,
            "flower_port": settings.flower_port,
            "data_dir": folder.path,
        },
    )
    database_url = settings.database_url.get_secret_value() if settings.database_url else own.database_url
    return Whole(
        servers=servers,
        environment=environment_for(variables),
        database_url=database_url,
        host=settings.host,
        port=settings.port,
        flower_port=settings.flower_port,
        simulator_port=simulator_port,
    )


def _servers(settings: Settings, folder: DataFolder) -> Sequence[EmbeddedServer]:
    found: list[EmbeddedServer] = []
    if settings.database_url is None:
        found.append(EmbeddedPostgres(folder))
    if settings.redis_url is None:
        found.append(EmbeddedValkey(folder))
    return found


class Teller:
    """Tells on the terminal what becomes of the parts, and the addresses once all are ready."""

    def __init__(self, to: Console, parts: Sequence[Part], addresses: Callable[[], Text]) -> None:
        self._to, self._addresses = to, addresses
        self._waiting = {part.name for part in parts}
        self._told = False

    def __call__(self, event: PartEvent) -> None:
        match event.state:
            case PartState.READY:
                self._waiting.discard(event.part)
                self._say(event.part, "ready", "green")
                if not self._waiting and not self._told:
                    self._told = True
                    self._to.print(self._addresses())
            case PartState.RESTARTING:
                self._say(event.part, event.detail, "yellow")
            case PartState.STOPPED:
                self._say(event.part, "stopped", "bright_black")
            case PartState.WAITING | PartState.STARTING | PartState.STOPPING | PartState.LEFT_OVER:
                pass

    def _say(self, part: str, what: str, style: str) -> None:
        self._to.print(Text.assemble(f"  {part:<11} ", (what, style)))


def _addresses(whole: Whole, folder: Path) -> Text:
    simulator = address("127.0.0.1", whole.simulator_port) if whole.simulator_port else ""
    rows = {
        "API": f"{whole.web_address}/api/docs",
        "Flower": address(whole.host, whole.flower_port) if whole.flower_port else "",
        "Pax8": f"simulated at {simulator}; nothing real is bought" if simulator else "",
        "Data, logs": str(folder),
    }
    text = Text("\n")
    for name, value in rows.items():
        if value:
            text.append(f"  {name:<11} ", style="bright_black").append(f"{value}\n")
    text.append("\nReady.", style="bold green")
    if simulator:
        text.append("  Try: quoteway quote example | quoteway quote accept -")
    return text.append("  Ctrl-C ends it.")
