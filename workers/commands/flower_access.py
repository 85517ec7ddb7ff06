"""Who may reach Flower."""

from __future__ import annotations

import ipaddress

from workers.settings import Settings, SettingsError, variable


def check_flower(settings: Settings) -> None:
    """Flower can stop workers: beyond this machine it needs a password. Raises SettingsError."""
    auth = settings.flower_basic_auth
    name = variable("flower_basic_auth")
    if auth is None and not is_loopback(settings.host):
        raise SettingsError(f"{name} is missing: Flower on {settings.host} needs it; give user:password.")
    if auth is not None and not all(auth.get_secret_value().partition(":")):
        raise SettingsError(f"{name} must be user:password.")


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
