"""Preparing the database: the migrations that ship in the wheel, applied in order, by one process at a time."""

from __future__ import annotations

from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from sqlalchemy import make_url


def upgrade(url: str) -> None:
    """
    Brings the database at `url` (`postgresql://...`) to this version's tables. Does nothing when it is there already.

    Safe to start on several machines at once: an advisory lock lets one migrate and the others find it done.
    """
    with as_file(files("workers") / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.attributes["url"] = make_url(url).set(drivername="postgresql+psycopg")
        command.upgrade(config, "head")
