"""
What an answer, or none, means in our vocabulary.

    what happened                            a read raises      a write became
    2xx                                      nothing            accepted, if it is what we sent; else unknown
    400, 422                                 Refused            rejected
    401                                      Unauthorized       not_sent
    403                                      Forbidden          rejected
    404                                      NotFound           rejected
    429                                      TooManyCalls       throttled
    408, 5xx                                 Unavailable        unknown
    3xx                                      Unreadable         unknown
    another 4xx                              Refused            unknown
    no answer, and nothing was written       Unavailable        not_sent
    no answer, and something may have been   Unavailable        unknown
    an answer that can't be decoded          Unreadable         unknown
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx

from pipeline.domain.claim import Answer, AnswerClass
from pipeline.domain.errors import (
    Forbidden,
    NotFound,
    PortError,
    Refused,
    TooManyCalls,
    Unauthorized,
    Unavailable,
    Unreadable,
)
from pipeline.marketplaces.deadline import TooLate
from pipeline.marketplaces.redaction import scrub
from pipeline.marketplaces.reply import Reply


def read_failure(title: str, asked: str, result: Reply | httpx.HTTPError | httpx.InvalidURL) -> PortError | None:
    """What a read's result raises; None for an answer that may be read. `asked` is a method and path, for the text."""
    if not isinstance(result, Reply):
        reason = why(result)
        if isinstance(result, httpx.DecodingError):
            return Unreadable(f"{title} answered {asked} with a body that can't be decoded ({reason}).")
        return Unavailable(f"{title} did not answer {asked}: {reason}.")
    if result.ok:
        return None
    return _refusal(title, asked, result)


def _refusal(title: str, asked: str, reply: Reply) -> PortError:
    words = reply.words()
    told = f" It says: {'; '.join(words)}." if words else ""
    named = f" (request id {reply.request_id})" if reply.request_id else ""
    request_id = reply.request_id
    match reply.status:
        case 401:
            return Unauthorized(f"{title} refused our credentials for {asked}{named}.{told}", request_id=request_id)
        case 403:
            return Forbidden(
                f"{title} does not permit {asked} with our credentials{named}.{told}", request_id=request_id
            )
        case 404 | 410:
            return NotFound(f"{title} has nothing at {asked}{named}.{told}", request_id=request_id)
        case 429:
            sentence = f"{title} asked us to slow down at {asked}{named}.{told}"
            return TooManyCalls(sentence, after=reply.after(), request_id=request_id)
        case 408 | 425 | 500 | 501 | 502 | 503 | 504:
            sentence = f"{title} could not answer {asked} (HTTP {reply.status}){named}.{told}"
            return Unavailable(sentence, after=reply.after(), request_id=request_id)
        case status if 400 <= status < 500:
            sentence = f"{title} refused {asked} (HTTP {status}){named}.{told}"
            return Refused(sentence, details=words, request_id=request_id)
        case status if status >= 500:
            sentence = f"{title} could not answer {asked} (HTTP {status}){named}.{told}"
            return Unavailable(sentence, after=reply.after(), request_id=request_id)
        case status:
            return Unreadable(f"{title} answered {asked} with HTTP {status}{named}, outside its contract.")


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    One write that went out, or did not: an answer or an error, never both. `wrote` False proves that no byte was
    handed to the network.
    """

    wrote: bool
    reply: Reply | None = None
    error: Exception | None = None


Accept = Callable[[Reply], str]


class NotWhatWasSent(Exception):
    """
    A good status, yet no proof that what we sent was carried out. Its text is the evidence, one safe sentence. `named`
    are ids, as the text shows them, of orders that the answer gives for ours and that may be.
    """

    def __init__(self, evidence: str, *named: str) -> None:
        super().__init__(evidence)
        self.named = named


def write_answer(title: str, attempt: Attempt, accept: Accept, fields: Callable[[Reply], tuple[str, ...]]) -> Answer:
    """
    The class of a write's answer. `accept` returns the id of what was made, or raises NotWhatWasSent; `fields` names
    the provisioning keys that a refusal is about. Raises nothing that they don't.
    """
    reply = attempt.reply
    if reply is None:
        return _unanswered(title, attempt)
    status, request_id = reply.status, reply.request_id
    if reply.ok:
        try:
            ref = accept(reply)
        except NotWhatWasSent as doubt:
            return replace(_unknown(reply, str(doubt), reply.shape()), named=doubt.named)
        return Answer(AnswerClass.ACCEPTED, ref=ref, status=status, request_id=request_id)
    match status:
        case 400 | 403 | 404 | 422:
            said = reply.words() or (reply.shape(),)
            return Answer(
                AnswerClass.REJECTED, details=said, fields=fields(reply), status=status, request_id=request_id
            )
        case 401:
            said = (f"{title} refused our credentials before it did anything.", *reply.words())
            return Answer(AnswerClass.NOT_SENT, details=said, status=status, request_id=request_id)
        case 429:
            said = (f"{title} asked us to slow down before it did anything.", *reply.words())
            return Answer(
                AnswerClass.THROTTLED, details=said, after=reply.after(), status=status, request_id=request_id
            )
        case _:
            return _unknown(reply, f"{title} answered with a status that does not say what was done.", reply.shape())


def _unknown(reply: Reply, *evidence: str) -> Answer:
    return Answer(AnswerClass.UNKNOWN, details=evidence, status=reply.status, request_id=reply.request_id)


def _unanswered(title: str, attempt: Attempt) -> Answer:
    reason = why(attempt.error)
    if attempt.wrote:
        return Answer(
            AnswerClass.UNKNOWN, details=(f"{title} may have got the request, and no answer came: {reason}.",)
        )
    return nothing_sent(title, reason)


def nothing_sent(title: str, reason: str) -> Answer:
    """`reason` ends a sentence."""
    return Answer(AnswerClass.NOT_SENT, details=(f"Nothing was sent to {title}: {reason.rstrip('.')}.",))


def why(error: BaseException | None) -> str:
    """Why no answer came, in a few safe words."""
    match error:
        case None:
            return "the process stopped"
        case TooLate():
            return "the time by which it had to be sent had passed"
        case PortError():
            return error.sentence.rstrip(".")
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return "no connection in time"
        case httpx.ConnectError():
            return f"no connection ({_words(error)})"
        case httpx.TimeoutException():
            return "the deadline passed"
        case httpx.TransportError() | httpx.DecodingError():
            return f"the connection broke ({_words(error)})"
        case _:
            return f"an unexpected {type(error).__name__}"


def _words(error: BaseException) -> str:
    return scrub(str(error))[:200] or type(error).__name__
