"""One part of Quoteway in the foreground, until SIGTERM."""

from __future__ import annotations

from workers.commands.flower_access import check_flower
from workers.commands.reach import settings_here
from workers.logs import configure
from workers.settings import SettingsError, variable


def web(host: str | None, port: int | None) -> None:
    """The doors for webhooks and the operator API. `host` and `port` go before the settings."""
    from workers.web.assembly import application_of
    from workers.web.serve import serve_web

    configure()
    given = {"host": host, "port": port}
    settings = settings_here().model_copy(update={name: value for name, value in given.items() if value is not None})
    with application_of(settings) as app:
        serve_web(app, settings.host, settings.port)


def worker(stages: str | None) -> int:
    """`stages` is comma-separated; None serves all. Gives the exit code."""
    from workers.serving import run_worker

    chosen = None if stages is None else [name.strip() for name in stages.split(",") if name.strip()]
    if chosen == []:
        raise SettingsError("--stages names no stage: leave it out to serve all.")
    configure()
    return run_worker(settings_here(), chosen)


def flower() -> None:
    from workers.flower import serve

    configure()
    settings = settings_here()
    check_flower(settings)
    if settings.redis_url is None:
        raise SettingsError(f"{variable('redis_url')} is missing: Flower listens to it.")
    auth = settings.flower_basic_auth
    redis_url = settings.redis_url.get_secret_value()
    serve(redis_url, settings.host, settings.flower_port, auth.get_secret_value() if auth else None)


def upgrade_database() -> None:
    from workers.commands.output import print_line
    from workers.commands.whole import prepare

    settings = settings_here()
    if settings.database_url is None:
        raise SettingsError(f"{variable('database_url')} is missing: it names the database to prepare.")
    prepare(settings.database_url.get_secret_value())
    print_line("The database is ready for this version.")
