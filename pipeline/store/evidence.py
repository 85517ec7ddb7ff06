"""What a claim keeps of its answer, sealed: its sentences, and the orders that it named without proof."""

from __future__ import annotations

import json

from pipeline.domain.claim import Answer
from pipeline.domain.values import Value
from pipeline.store.database import Database


class Evidence(Value):
    said: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def sealed(database: Database, answer: Answer) -> bytes:
    return database.seal(Evidence(said=answer.details, named=answer.named).model_dump_json())


def opened(database: Database, kept: bytes | None) -> Evidence:
    """Nothing where no answer is kept. An older claim has a list of sentences alone."""
    content = json.loads(database.open(kept)) if kept else []
    return Evidence(said=tuple(content)) if isinstance(content, list) else Evidence.model_validate(content)
