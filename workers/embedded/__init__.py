"""PostgreSQL and Valkey of our own, in a data folder, for whoever has none: same code, same servers as in earnest."""

from workers.embedded.folder import DataFolder, claim
from workers.embedded.postgres import EmbeddedPostgres
from workers.embedded.valkey import EmbeddedValkey

__all__ = ["DataFolder", "EmbeddedPostgres", "EmbeddedValkey", "claim"]
