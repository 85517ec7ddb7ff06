"""The Celery tasks: thin skins over the runner, the inbox and the deliverer. Each is one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from celery import Celery

from pipeline.domain.stage import Stage
from workers.celery_app import DELIVER_NOTICE, READ_EVENT, RUN_ERRAND, task_name


class Work(Protocol):
    """What the tasks call. Each takes a row's id and tells in a word or more what was done, for Flower."""

    def run_order(self, order_id: UUID, stage: Stage) -> str: ...

    def read_event(self, event_id: UUID) -> str: ...

    def deliver_notice(self, notice_id: UUID) -> str: ...

    def run_errand(self, errand_id: UUID) -> str: ...


def register(app: Celery, work: Work) -> None:
    """Gives the application its tasks: one for each stage, one each for events, notices and errands."""
    for stage in Stage:
        app.task(name=task_name(stage))(_stage_task(work, stage))
    app.task(name=READ_EVENT)(_by_id(work.read_event, "read_event"))
    app.task(name=DELIVER_NOTICE)(_by_id(work.deliver_notice, "deliver_notice"))
    app.task(name=RUN_ERRAND)(_by_id(work.run_errand, "run_errand"))


def _stage_task(work: Work, stage: Stage) -> Callable[[str], str]:
    def run(order_id: str) -> str:
        return work.run_order(UUID(order_id), stage)

    run.__name__ = stage.value
    return run


def _by_id(call: Callable[[UUID], str], name: str) -> Callable[[str], str]:
    def run(row_id: str) -> str:
        return call(UUID(row_id))

    run.__name__ = name
    return run
