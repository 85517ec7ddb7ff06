import pytest

from pipeline.domain.terms import BillingTerm, commitment_months, read_billing_term


@pytest.mark.parametrize("term", BillingTerm, ids=str)
def test_each_term_is_read_in_its_own_word_whatever_its_capitals(term: BillingTerm) -> None:
    assert read_billing_term(term.value) is term
    assert read_billing_term(f"  {term.value.upper()} ") is term


@pytest.mark.parametrize(
    ("word", "term"),
    [
        ("1 Year", BillingTerm.ANNUAL),
        ("2 Year", BillingTerm.TWO_YEAR),
        ("3  years", BillingTerm.THREE_YEAR),
        ("1-Time", BillingTerm.ONE_TIME),
        ("one time", BillingTerm.ONE_TIME),
        ("yearly", BillingTerm.ANNUAL),
        ("", None),
        ("Quarterly", None),
        ("Monthlyish", None),
    ],
)
def test_other_words_are_read_only_where_they_mean_one_thing(word: str, term: BillingTerm | None) -> None:
    assert read_billing_term(word) is term


@pytest.mark.parametrize(
    ("word", "months"),
    [
        ("1-Year", 12),
        ("3 Years", 36),
        ("36 months", 36),
        ("1 month", 1),
        ("Monthly", 1),
        ("annual", 12),
        ("", None),
        ("a while", None),
        ("1-Year, or so", None),
    ],
)
def test_a_commitments_length_is_read_from_its_word(word: str, months: int | None) -> None:
    assert commitment_months(word) == months


def test_a_term_without_a_period_is_shorter_than_any_commitment() -> None:
    assert {term.months for term in (BillingTerm.ONE_TIME, BillingTerm.TRIAL, BillingTerm.ACTIVATION)} == {0}
