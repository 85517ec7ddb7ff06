"""Runs the migrations over one connection, under an advisory lock, with time limits that spare running workers."""

from alembic import context
from sqlalchemy import create_engine, pool, text
from sqlmodel import SQLModel

from pipeline.store import tables  # noqa: F401  (registers the tables that autogenerate compares with)

# Any number, the same for ever: whoever migrates a Quoteway database holds it.
_LOCK = 7_716_420_001

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.execute(text("SET lock_timeout = '30s'"))
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
    connection.commit()
    context.configure(connection=connection, target_metadata=SQLModel.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    connection.commit()
