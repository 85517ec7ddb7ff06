"""
A notice as an outbound webhook, by Standard Webhooks 1.0.

Each attempt carries the same `webhook-id` and the same bytes; only `webhook-timestamp`, and so the signature, is the
attempt's own, because receivers refuse an old one. Goes over httpcore itself: httpx logs the address of each request,
and a webhook's address often is a secret.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpcore
import httpx
from pydantic import SecretStr
from standardwebhooks import Webhook

from events.notices.channel import Arrived, Missed, Notice, Result
from events.notices.targets import ForbiddenTarget, GuardedNetwork, Targets
from pipeline.marketplaces.deadline import Watch, watching

_GONE = 410
_SLOW_DOWN = frozenset({429, 503})
_LONGEST_WAIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    """All that counts of an answer; its body is never read."""

    status: int
    retry_after: str = ""


def _now() -> datetime:
    return datetime.now(UTC)


def _public_roots() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True)
class WebhookChannel:
    """`url` and `secret` (`whsec_...`) as configured. `seconds` is one deadline over the whole exchange."""

    name: str
    url: SecretStr
    secret: SecretStr
    targets: Targets
    seconds: float = 15
    now: Callable[[], datetime] = _now
    trusted: ssl.SSLContext = field(default_factory=_public_roots, repr=False)

    def send(self, notice: Notice) -> Result:
        try:
            with watching(Watch(self.seconds)):
                answer = self._post(notice)
        except ForbiddenTarget as error:
            return Missed(str(error))
        except httpcore.TimeoutException:
            return Missed(f"The receiver did not answer within {self.seconds:g} seconds.")
        except httpcore.ConnectError as error:
            return Missed(_no_connection(error))
        except (httpcore.NetworkError, httpcore.ProtocolError):
            return Missed("The connection broke off before the receiver answered.")
        return judge(answer, self.now())

    def _post(self, notice: Notice) -> Answer:
        url = httpx.URL(self.url.get_secret_value())
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        pool = httpcore.ConnectionPool(ssl_context=self.trusted, network_backend=GuardedNetwork(self.targets))
        with (
            pool,
            pool.stream("POST", target, headers=self._headers(notice), content=notice.body.encode()) as response,
        ):
            waits = [value for name, value in response.headers if name.lower() == b"retry-after"]
            return Answer(response.status, waits[0].decode("latin-1") if waits else "")

    def _headers(self, notice: Notice) -> dict[bytes | str, bytes | str]:
        at = self.now()
        webhook = Webhook(self.secret.get_secret_value())
        return {
            "content-type": "application/json",
            "user-agent": "quoteway",
            "webhook-id": str(notice.id),
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": webhook.sign(str(notice.id), at, notice.body),
        }


def judge(answer: Answer, now: datetime) -> Result:
    """What an answer means: 2xx has it, 410 wants no more, all else (redirects too) is tried again."""
    if 200 <= answer.status < 300:
        return Arrived()
    if answer.status == _GONE:
        return Missed("The receiver answered 410: it wants no more notices; remove the channel.", final=True)
    if 300 <= answer.status < 400:
        return Missed(f"The receiver answered {answer.status}; redirects are not followed, so set its final address.")
    after = _wait(answer.retry_after, now) if answer.status in _SLOW_DOWN else None
    return Missed(f"The receiver answered {answer.status}.", after=after)


def _wait(header: str, now: datetime) -> timedelta | None:
    """Retry-After, in seconds or as a date, between nothing and a day. None where it cannot be read."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), _LONGEST_WAIT.total_seconds()))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(aware - now, timedelta(0)), _LONGEST_WAIT)


def _no_connection(error: httpcore.ConnectError) -> str:
    if isinstance(error.__cause__ or error.__context__, ssl.SSLError):
        return "The receiver's certificate is not trusted, or it does not speak TLS."
    return "The receiver could not be reached."
