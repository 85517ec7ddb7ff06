"""What a world's source sends: each message once at least, perhaps again, and in any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from events import inbox
from workers.bootstrap import Application
from workers.drills.worlds.plan import Step
from workers.drills.worlds.quotes import Message

_SOURCE = "shop"


@dataclass(slots=True)
class Inbox:
    """The messages of a world, and the events that they have become."""

    messages: tuple[Message, ...]
    _events: dict[int, list[UUID]] = field(default_factory=dict)
    _names: dict[UUID, str] = field(default_factory=dict)

    def has(self, number: int) -> bool:
        """Whether this message is stored."""
        return bool(self._events.get(number))

    def name(self, event: UUID) -> str:
        """What the event is called in every playing of the world."""
        return self._names.get(event, "")

    def deliver(self, application: Application, step: Step) -> str:
        """The next message that has not come yet, or any one; a repeat under its first delivery's id or another one."""
        new = [number for number in range(len(self.messages)) if not self.has(number)]
        ordinary = new and step.amount % 5
        number = new[0] if ordinary and step.amount % 2 else step.pick % len(self.messages)
        message = self.messages[number]
        repeats = len(self._events.get(number, []))
        other = repeats if step.amount % 3 == 0 else 0
        source = application.sources[_SOURCE]
        delivery = inbox.delivery_of({"webhook-id": f"d{number}.{other}"}, message.body(), source)
        received = inbox.receive(application.database, delivery)
        if received.event_id not in self._names:
            self._names[received.event_id] = f"{message.label}{'*' * repeats}"
            self._events.setdefault(number, []).append(received.event_id)
        return f"{message.label} comes, {received.answer}"

    def replay(self, application: Application, step: Step) -> str:
        events = [event for number in sorted(self._events) for event in self._events[number]]
        if not events:
            return "no event"
        event = events[step.pick % len(events)]
        result = application.reader.replay(event)
        return f"{self._names[event]} again: {result.sentence if result else '-'}"
