"""Where is looked: all that people other than the operator may get to see."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from pipeline.store.database import Database
from pipeline.store.resealing import sealed_columns
from workers.embedded.binaries import pg_dump

_FLOWER = (
    "/api/tasks?limit=20000",
    "/api/workers?refresh=true",
    "/api/queues/length",
    "/api/task/types",
    "/tasks",
    "/workers",
    "/broker",
    "/metrics",
)


@dataclass(frozen=True, slots=True)
class Place:
    """`control` is something that anybody may see and that must be found there, or the search proves nothing."""

    name: str
    content: bytes
    control: str


def database_dump(url: str) -> bytes:
    """A plain `pg_dump`."""
    made = subprocess.run([str(pg_dump()), "--dbname", url], capture_output=True, check=True)  # noqa: S603
    return made.stdout


def written_logs(folder: Path) -> bytes:
    """What the processes and the servers have written."""
    files = sorted([*folder.glob("*.log"), *folder.glob("data/logs/*.log")])
    return b"\n".join(file.name.encode() + b":\n" + file.read_bytes() for file in files)


def command_lines(pids: Iterable[int]) -> bytes:
    """What any user of this machine sees of the processes that run."""
    found = [Path(f"/proc/{pid}/cmdline") for pid in pids]
    return b"\n".join(file.read_bytes().replace(b"\0", b" ") for file in found if file.exists())


def flower_pages(client: httpx.Client, at: str, auth: tuple[str, str]) -> bytes:
    """Flower's API and pages, and each task's own."""
    pages = [client.get(f"{at}{path}", auth=auth) for path in _FLOWER]
    tasks = list(pages[0].raise_for_status().json())
    pages += [client.get(f"{at}/api/task/info/{task}", auth=auth) for task in tasks[:20]]
    pages += [client.get(f"{at}/task/{task}", auth=auth) for task in tasks[:5]]
    return b"\n".join(page.content for page in pages)


def exchanges_in(orders: Iterable[dict[str, Any]]) -> bytes:
    """Of orders as the API shows them whole, what was sent to the marketplace and answered."""
    return json.dumps([entry.get("exchanges") for order in orders for entry in order["timeline"]]).encode()


def opened(database: Database) -> bytes:
    """Every sealed value, opened. Raises WrongKeyError where the keys do not suffice."""
    return b"\n".join(_opened(database))


def _opened(database: Database) -> Iterator[bytes]:
    with database.transaction() as connection:
        for table, columns in sealed_columns().items():
            for column in columns:
                for sealed in connection.execute(select(column).where(column.is_not(None))).scalars():
                    text = database.open(sealed)
                    yield text.encode()
                    if table.name == "events":
                        yield text.encode("latin-1", "ignore")  # bodies are kept byte by byte


def children(pids: Sequence[int]) -> list[int]:
    """These processes and those that they started."""
    found = list(pids)
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent, pid = int(entry.read_text().rpartition(")")[2].split()[1]), int(entry.parent.name)
        except OSError:
            continue
        if parent in pids and pid != os.getpid():
            found.append(pid)
    return found
