"""
A notice for people, by chat or e-mail, over any service that Apprise knows.

Apprise says no more than whether its call worked, so a False is "not delivered" and is tried again. Only an attempt
that nobody saw the end of, because its process died or it ran out of time, makes the next one say *again*.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from events.notices.channel import Arrived, Missed, Notice, Result
from events.notices.targets import ForbiddenTarget, Targets
from events.notices.wording import Wording
from pipeline.domain.change import Change

if TYPE_CHECKING:
    from apprise import Apprise, NotifyType

_HOST = "{host}"


@dataclass(frozen=True)
class ChatChannel:
    """
    `url` is an Apprise address, which holds secrets and is never logged or shown.

    Private addresses are refused as far as the address names its server; between that look and Apprise's own
    connection a name could change, which an outbound webhook is proof against and this is not.
    """

    name: str
    url: SecretStr
    targets: Targets
    wording: Wording
    seconds: float = 30

    def send(self, notice: Notice) -> Result:
        from apprise import AppriseResultStatus

        service = connect(self.url)
        if service is None:
            return Missed("Apprise does not know this kind of address.")
        try:
            self._refuse_private(service)
        except ForbiddenTarget as error:
            return Missed(str(error))
        text = self.wording.of(notice.change, json.loads(notice.body)["data"], again=notice.again)
        result = service.notify(
            title=text.title,
            body=text.body,
            body_format="text",
            notify_type=_tone(notice.change),
            timeout=self.seconds,
        )
        if result:
            return Arrived()
        if result.status == AppriseResultStatus.TIMEOUT:
            return Missed(f"The service did not finish within {self.seconds:g} seconds.", perhaps_arrived=True)
        return Missed("The service did not take the notice; check the channel's address and the service itself.")

    def _refuse_private(self, service: Apprise) -> None:
        """Services whose server is their own (Slack, Teams) have no host in their address, and are public."""
        plugin = service[0]
        templates: Sequence[str] = plugin.templates
        if not any(_HOST in template for template in templates):
            return
        for host in {plugin.host, getattr(plugin, "smtp_host", None)}:
            if host:
                try:
                    self.targets.permitted(host, plugin.port or 443)
                except OSError:
                    continue  # no address, nothing to refuse; Apprise will say that it does not arrive


def connect(url: SecretStr) -> Apprise | None:
    """The service behind an Apprise address; None if it is not exactly one. Opens no connection."""
    from apprise import Apprise, AppriseAsset

    _silence()
    service = Apprise(asset=AppriseAsset(http_redirects=False, secure_logging=True))
    known = service.add(url.get_secret_value())
    return service if known and len(service) == 1 else None


def _silence() -> None:
    """Apprise logs what it was given to send, and sometimes where to."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _tone(change: Change) -> NotifyType:
    from apprise import NotifyType

    match change:
        case Change.LIVE | Change.SOURCE_WELL:
            return NotifyType.SUCCESS
        case Change.FAILED:
            return NotifyType.FAILURE
        case _:
            return NotifyType.WARNING
