"""A creation of unknown outcome: the company is searched for, inactive ones too, before anything is made again."""

from __future__ import annotations

from pipeline.domain.claim import Claim, CreateCompany, Look
from pipeline.domain.company import Company, CompanyStatus
from pipeline.domain.errors import NotFound, Refused
from pipeline.domain.identification import made_by
from pipeline.domain.order import Order
from pipeline.domain.outcome import Ask, Looked, Outcome
from pipeline.domain.question import Question, QuestionKind
from pipeline.ports import Marketplace
from pipeline.stages import searching, wording

KEY = "company:lost"
AGAIN = "create again"


def look(order: Order, claim: Claim, marketplace: Marketplace) -> Outcome:
    """One complete look, or a PortError. What was found is the company: it has our name and our key."""
    write = claim.write
    if not isinstance(write, CreateCompany):
        raise TypeError("a creation's claim holds a creation")
    if wait := searching.still_sending(order, claim):
        return wait
    answer = _answer(order, claim)
    if answer not in ("", AGAIN):
        return _named(order, claim, marketplace, answer)
    found = made_by(write, marketplace.companies())
    this = Look(at=order.now, candidates=tuple(company.id for company in found))
    if len(found) == 1:
        return Looked(claim, this, adopt=found[0].id)
    if found:
        return Looked(claim, this, then=Ask((_which(order, claim, found),)))
    if answer == AGAIN:
        return Looked(claim, this, absent=True)
    if not searching.is_absent(order, claim, this):
        return Looked(claim, this, then=searching.again(order, claim, "the company"))
    if order.policy.resend_when_absent:
        return Looked(claim, this, absent=True)
    return Looked(claim, this, then=Ask((_missing(order, claim, write),)))


def _answer(order: Order, claim: Claim) -> str:
    """What a person has said about this very attempt."""
    answered = order.answer(KEY)
    return "".join(answered.values[:1]).strip() if answered is not None and answered.at > claim.claimed_at else ""


def _named(order: Order, claim: Claim, marketplace: Marketplace, company_id: str) -> Outcome:
    try:
        company = marketplace.company(company_id)
    except (NotFound, Refused):
        text = f"{order.title} has no company with the id {company_id}. {_ways(claim)}"
        return Looked(claim, None, then=Ask((_question(text),)))
    if company.status is CompanyStatus.DELETED:
        text = f"{wording.company(company)} was deleted at {order.title}. {_ways(claim)}"
        return Looked(claim, None, then=Ask((_question(text),)))
    return Looked(claim, None, adopt=company.id)


def _which(order: Order, claim: Claim, found: tuple[Company, ...]) -> Question:
    listed = wording.listed((wording.company(company) for company in found), "or")
    text = (
        f"The answer to making a company at {order.title} at {claim.claimed_at:%Y-%m-%d %H:%M:%S %Z} was lost, and "
        f"{len(found)} companies there fit: {listed}. Which one is to be ordered for?"
    )
    return _question(text, tuple(company.id for company in found))


def _missing(order: Order, claim: Claim, write: CreateCompany) -> Question:
    evidence = wording.said(claim.evidence) if claim.evidence else "no answer was recorded"
    text = (
        f"It is not known whether {order.title} has made the company {write.name} at "
        f"{claim.claimed_at:%Y-%m-%d %H:%M:%S %Z} ({evidence}). {len(claim.looks) + 1} complete looks until "
        f"{order.now:%H:%M:%S %Z} did not find it. {_ways(claim)}"
    )
    return _question(text)


def _ways(claim: Claim) -> str:
    return f"Answer with the company's id, or '{AGAIN}' (attempt {claim.id}); it is looked for once more first."


def _question(text: str, possible: tuple[str, ...] = ()) -> Question:
    return Question(key=KEY, kind=QuestionKind.COMPANY, text=text, possible_values=possible)
