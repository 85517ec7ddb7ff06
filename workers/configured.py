"""What the settings mean below: policies, connections, channels, keys, and whether the simulator may run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from events.connections import SourceConnection, ToolAccess
from events.notices.configuration import ChannelConfig
from pipeline.domain.order import Policy
from pipeline.domain.working_time import Deadline, WorkingTime
from pipeline.marketplaces.discovery import marketplaces
from pipeline.store.cipher import new_key
from workers.setting_parts import MarketplaceSettings, SourceSettings
from workers.setting_values import WorkingHours
from workers.settings import Settings, SettingsError, variable

_KEY_FILE = "encryption.key"


def data_folder(settings: Settings) -> Path:
    """Where the embedded servers keep their data."""
    if settings.data_dir is not None:
        return settings.data_dir.expanduser().absolute()
    return Path("/var/lib/quoteway") if os.geteuid() == 0 else Path.home() / ".local/share/quoteway"


def policy(settings: Settings, marketplace: str) -> Policy:
    """What the settings decide for the orders at one marketplace."""
    account = settings.marketplaces.get(marketplace) or MarketplaceSettings()
    return Policy(
        currency=account.currency,
        price_tolerance=settings.price_tolerance,
        create_companies=settings.create_companies,
        fresh=timedelta(seconds=settings.fresh_seconds),
        poll_intervals=tuple(timedelta(seconds=seconds) for seconds in settings.poll_intervals),
        settle=timedelta(seconds=account.settle_seconds),
        resend_when_absent=account.resend_when_absent,
        timeout=timedelta(seconds=account.timeout_seconds),
        send_within=timedelta(seconds=account.send_within_seconds),
        owner=settings.questions.owner,
    )


def policies(settings: Settings) -> Mapping[str, Policy]:
    return {name: policy(settings, name) for name in marketplaces()}


def source_connections(settings: Settings) -> Mapping[str, SourceConnection]:
    """The connections by name. Who is asked is the connection's own name where no owner of questions is set."""
    return {name: _connection(settings, name) for name in settings.sources}


def deadline(settings: Settings) -> WorkingTime:
    """How long a question may wait for its owner, counted in working hours."""
    return _deadline(settings, settings.working_hours, settings.time_zone)


def _deadline(settings: Settings, hours: WorkingHours, zone: ZoneInfo) -> WorkingTime:
    span = timedelta(hours=settings.questions.deadline_hours)
    return WorkingTime(span, hours.days, hours.opens, hours.closes, zone)


def zone_of(settings: Settings, name: str) -> ZoneInfo:
    """The time zone that the connection of this name means its dates in."""
    source = settings.sources.get(name)
    return (source and source.time_zone) or settings.time_zone


def deadlines(settings: Settings) -> Mapping[str, Deadline]:
    """Of the connections by name, each in its own working hours."""
    return {name: each.deadline for name, each in source_connections(settings).items()}


def local_connection(settings: Settings, name: str = "local") -> SourceConnection:
    """The connection of quotes that are given by hand: a file, the body of a plan."""
    return SourceConnection(
        name,
        marketplaces=tuple(market for market, account in settings.marketplaces.items() if account.on),
        zone=settings.time_zone,
        owner=settings.questions.owner or name,
        deadline=deadline(settings),
    )


def _connection(settings: Settings, name: str) -> SourceConnection:
    source, local = settings.sources[name], local_connection(settings, name)
    zone = zone_of(settings, name)
    return SourceConnection(
        name,
        kind=source.kind,
        secrets=tuple(secret.get_secret_value() for secret in source.secrets),
        default_marketplace=source.default_marketplace,
        system=source.system,
        marketplaces=local.marketplaces,
        zone=zone,
        owner=local.owner,
        deadline=_deadline(settings, source.working_hours or settings.working_hours, zone),
        access=_access(source),
        psa=source.psa.lower(),
    )


def _access(source: SourceSettings) -> ToolAccess:
    none = SecretStr("")
    return ToolAccess(
        base_url=source.base_url or "",
        tenant=source.tenant,
        client_id=source.client_id,
        client_secret=source.client_secret or none,
        username=source.username,
        password=source.password or none,
        poll_seconds=source.poll_seconds,
        accepted=source.accepted,
        lost=source.lost,
        ticket_status=source.ticket_status,
        options=source.options,
    )


def channel_configs(settings: Settings) -> tuple[ChannelConfig, ...]:
    return tuple(
        ChannelConfig(name, notice.kind, notice.url, notice.secret, notice.allow_private)
        for name, notice in settings.notices.items()
    )


def public_url(settings: Settings) -> str:
    """The address for links."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.public_url or f"http://{host}:{settings.port}"


def encryption_keys(settings: Settings, folder: Path) -> tuple[str, ...]:
    """
    The keys, newest first. For the embedded database one is made, once, in its data folder. Raises SettingsError.

    Of several processes that make it at once one wins, and all get that one's.
    """
    if settings.encryption_keys:
        return tuple(key.get_secret_value() for key in settings.encryption_keys)
    if settings.database_url is not None:
        raise SettingsError(
            "QUOTEWAY_ENCRYPTION_KEYS is missing: a database of your own needs it; give one or more Fernet keys."
        )
    path = folder / _KEY_FILE
    if not path.exists():
        _make_key(path)
    return tuple(path.read_text(encoding="ascii").split())


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(whole, path)  # unlike a rename it never replaces the key that another process has just made
    except FileExistsError:
        pass
    finally:
        whole.unlink()


def simulated(settings: Settings) -> bool:
    """Whether `quoteway up` runs the simulator: all servers are our own, and nobody named an account."""
    return _real(settings) is None


def check_simulator(settings: Settings) -> None:
    """For who asks for the simulator. Raises SettingsError beside anything real."""
    if real := _real(settings):
        raise SettingsError(
            f"{real} is set: the built-in simulator never runs beside a real database or a real account; leave it out."
        )


def _real(settings: Settings) -> str | None:
    """The variable that names something real."""
    if settings.database_url is not None:
        return variable("database_url")
    if settings.redis_url is not None:
        return variable("redis_url")
    for name, account in settings.marketplaces.items():
        if field := account.an_account:
            return variable("marketplaces", name, field)
    return None
