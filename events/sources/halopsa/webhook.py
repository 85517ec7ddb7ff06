"""Our webhook at HaloPSA: whether it is there and still on, and how it gets there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from events.connections import SourceConnection
from events.sources.answered import amount
from events.sources.halopsa import words
from events.sources.halopsa.messages import BASIC
from events.sources.halopsa.offers import Offers
from events.sources.halopsa.session import Session
from events.sources.named import Row, flag, ident, text
from events.sources.tool import Checked, ToolFault

_WEBHOOK, _NOTIFICATION = "/api/Webhook", "/api/Notification"
_SAMPLE = 100


class Webhook:
    """Raises ToolFault."""

    def __init__(self, connection: SourceConnection, session: Session, offers: Offers) -> None:
        self._connection = connection
        self._name = f"Quoteway {connection.name}"
        self._session = session
        self._offers = offers

    def check(self, url: str) -> Checked:
        ours = self._ours(url)
        problems = [problem for row in ours[:1] for problem in self._problems(row)]
        if not ours:
            problems.append(f"HaloPSA has no webhook to us: run quoteway source add, or add one named {self._name}.")
        notes = [f"HaloPSA has {len(ours)} webhooks to us; one is enough."] if len(ours) > 1 else []
        off = bool(ours) and flag(ours[0], "active") is False
        return Checked(tuple(problems), (*notes, *self._statuses()), deactivated=off)

    def register(self, url: str) -> str:
        ours = self._ours(url)
        if not ours:
            made = self._session.post(_WEBHOOK, self._wanted(url))
            webhook_id = ident(made, "id") or next((ident(row, "id") for row in self._ours(url)), "")
            self._listen(webhook_id)
            return "The webhook was made, for ticket status changes."
        webhook_id, done = ident(ours[0], "id"), "The webhook was there already."
        if flag(ours[0], "active") is False:
            self._session.post(_WEBHOOK, {"id": webhook_id, "active": True})
            done = "The webhook was there, switched off, and is on again."
        return done + (" It now listens for ticket status changes." if self._listen(webhook_id) else "")

    def _ours(self, url: str) -> Sequence[Row]:
        """Those that send to our door; where it is not known, those of our name."""
        rows = self._session.rows(_WEBHOOK)
        if url:
            return [row for row in rows if text(row, "url").rstrip("/") == url.rstrip("/")]
        return [row for row in rows if text(row, "name") == self._name]

    def _problems(self, row: Row) -> Sequence[str]:
        problems = []
        if flag(row, "active") is False:
            after = amount(text(row, "auto_disable_attempts"))
            why = f" (it switches itself off after {after} failures)" if after else ""
            problems.append(f"HaloPSA's webhook is switched off{why}: run quoteway source add to switch it on.")
        if text(row, "authentication_type") not in ("", str(words.BASIC), str(words.BEARER)):
            problems.append("HaloPSA's webhook sends no secret: set its authentication to Basic or Bearer.")
        if not self._listening(ident(row, "id")):
            problems.append("HaloPSA's webhook has no event: add Ticket Status Changed, or run quoteway source add.")
        return problems

    def _statuses(self) -> Sequence[str]:
        """What quotations are called here, for whoever must say which words mean accepted."""
        rows, _ = next(self._session.pages(words.PATHS[words.QUOTATION]))
        if any(self._offers.state(row) == "accepted" for row in rows) or not rows:
            return []
        seen = sorted({text(row, *words.STATUS)[:40] for row in rows[:_SAMPLE]} - {""})
        variable = self._connection.variable("ACCEPTED")
        return [
            f"None of the first {len(rows)} quotations is accepted; their statuses are {', '.join(seen)} ({variable})."
        ]

    def _listening(self, webhook_id: str) -> bool:
        return any(
            text(row, "webhook_id") == webhook_id and text(row, "eventno") == words.STATUS_CHANGED
            for row in self._session.rows(_NOTIFICATION)
        )

    def _listen(self, webhook_id: str) -> bool:
        """Whether there was anything to do."""
        if not webhook_id:
            raise ToolFault(
                "HaloPSA made a webhook and does not tell its id: look at its list of webhooks.", passes=False
            )
        if self._listening(webhook_id):
            return False
        self._session.post(
            _NOTIFICATION,
            {
                "webhook_id": webhook_id,
                "type": -2,
                "delivery_method": 6,
                "eventno": words.STATUS_CHANGED,
                "conditions": [],
            },
        )
        return True

    def _wanted(self, url: str) -> Mapping[str, object]:
        return {
            "name": self._name,
            "url": url,
            "type": 0,
            "method": 0,
            "active": True,
            "content_type": "application/json",
            "batch_method": 0,
            **self._authentication(),
        }

    def _authentication(self) -> Mapping[str, object]:
        if not self._connection.secrets:
            raise ToolFault(
                f"{self._connection.variable('SECRETS')} is missing: HaloPSA's webhook needs a secret.", passes=False
            )
        scheme, _, rest = self._connection.secrets[0].partition(":")
        if f"{scheme}:" == BASIC:
            user, _, password = rest.partition(":")
            return {"authentication_type": words.BASIC, words.USER_FIELD: user, words.PASSWORD_FIELD: password}
        return {"authentication_type": words.BEARER, words.BEARER_FIELD: rest}
