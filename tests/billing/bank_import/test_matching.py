"""Whose money it is, and why."""

from datetime import date

import pytest

from billing.bank_import.camt import Movement
from billing.bank_import.matching import Debit, Known, Match, Payable, Why, match
from billing.direct_debit.models import DebitState

DAY = date(2026, 11, 18)
SENT = DebitState.SENT
PAYABLES = [
    Payable(1, "F2026-0001", "F2026", 1, 10, 3420),
    Payable(2, "F2026-0002", "F2026", 2, 20, 5000),
    Payable(3, "F2026-0003", "F2026", 3, 10, 0),
]
NAMES = {10: "Ferme de l’Élan", 20: "GAEC des Trois Becs"}


def money(amount: int = 3420, text: str = "", **given: str) -> Movement:
    values = {"name": "", "iban": "", "end_to_end": "", "batch": "", "return_reason": "", "currency": "EUR", "key": "k"}
    return Movement(booked_on=DAY, amount=amount, text=text, bank_reference="", **{**values, **given})


def one(movement: Movement, **known: object) -> Match:
    values = {"currency": "EUR", "payables": PAYABLES, "names": NAMES, "accounts": {"FR1": 20}}
    (found,) = match([movement], Known(**{**values, **known}))  # type: ignore[arg-type]  # the test names them
    return found


@pytest.mark.parametrize(
    "text",
    ["F2026-0001", "facture f2026 0001 merci", "FACTUREF20260001", "VIR F2026/1", "ref:F2026.0001 du 20.11.2026"],
)
def test_a_number_is_recognised_however_it_was_typed(text: str) -> None:
    found = one(money(3420, text))
    assert (found.why, found.invoice_id, found.short) == (Why.REFERENCE, 1, 0)


@pytest.mark.parametrize("text", ["F2026-00012", "commande 2026-0001", "F2025-0001", ""])
def test_what_is_no_number_of_ours_names_nothing(text: str) -> None:
    assert one(money(1, text)).why is Why.NOTHING


def test_a_cent_off_is_said() -> None:
    assert one(money(3419, "F2026-0001")).short == 1
    assert one(money(3421, "F2026-0001")).short == -1


def test_an_invoice_paid_before_is_paid_twice() -> None:
    found = one(money(1200, "F2026-0003"))
    assert (found.why, found.enterprise_id, found.short) == (Why.REFERENCE, 10, -1200)


def test_invoices_of_two_shops_name_neither() -> None:
    assert one(money(8420, "F2026-0001 F2026-0002")).why is Why.NOTHING


def test_account_and_amount() -> None:
    assert one(money(5000, iban="FR1")).why is Why.ACCOUNT
    guess = one(money(4900, iban="FR1"))
    assert (guess.why, guess.enterprise_id, guess.is_certain) == (Why.NOTHING, 20, False)


def test_name_and_amount() -> None:
    assert one(money(3420, name="EARL FERME DE L ELAN")).invoice_id == 1
    assert one(money(3419, name="EARL FERME DE L ELAN")).why is Why.NOTHING
    assert one(money(3420, name="Ferme")).why is Why.NOTHING
    assert one(money(3420, name="")).why is Why.NOTHING


def test_the_same_amount_twice_pays_two_things() -> None:
    known = Known(currency="EUR", payables=PAYABLES, names=NAMES, accounts={"FR1": 20})
    found = match([money(5000, iban="FR1", key="a"), money(5000, iban="FR1", key="b")], known)
    assert [each.why for each in found] == [Why.ACCOUNT, Why.NOTHING]


def test_debits_by_their_reference_or_their_batch() -> None:
    debits = [Debit(1, "E1", "B", 1000, 10, SENT, None), Debit(2, "E2", "B", 500, 20, SENT, None)]
    assert one(money(1000, end_to_end="E1"), debits=debits).debits == (debits[0],)
    assert one(money(1500, batch="B"), debits=debits).debits == tuple(debits)
    assert one(money(1499, batch="B"), debits=debits).why is Why.NOTHING
    back = one(money(-1000, end_to_end="E1", return_reason="AM04"), debits=debits)
    assert (back.why, back.debits) == (Why.RETURNED, (debits[0],))


def test_debits_that_failed_are_expected_no_more() -> None:
    refused = Debit(2, "E2", "B", 500, 20, DebitState.REFUSED, None, seen_back=True)
    debits = [Debit(1, "E1", "B", 1000, 10, SENT, None), refused]
    whole, rest = one(money(1500, batch="B"), debits=debits), one(money(1000, batch="B"), debits=debits)
    assert (whole.why, whole.debits) == (rest.why, rest.debits) == (Why.DEBIT, (debits[0],))
    named = one(money(500, end_to_end="E2"), debits=debits)
    assert (named.why, named.enterprise_id, named.debits) == (Why.DEBIT, 20, ()), "it went before it came"
    assert one(money(501, end_to_end="E2"), debits=debits).why is Why.NOTHING


def test_a_debit_refused_by_hand_has_come_if_the_bank_credits_it() -> None:
    by_hand = Debit(2, "E2", "B", 500, 20, DebitState.REFUSED, None)
    debits = [Debit(1, "E1", "B", 1000, 10, SENT, None), by_hand]
    assert one(money(1500, batch="B"), debits=debits).debits == tuple(debits)
    assert one(money(1000, batch="B"), debits=debits).debits == (debits[0],)
    assert one(money(500, end_to_end="E2"), debits=debits).debits == (by_hand,)
    returned = Debit(2, "E2", "B", 500, 20, DebitState.RETURNED, 7, seen_back=False)
    assert one(money(500, end_to_end="E2"), debits=[returned]).why is Why.NOTHING, "it came before"


def test_what_is_no_money_of_shops_is_left_out() -> None:
    assert one(money(-1000)).why is Why.OUTGOING
    assert one(money(3420, "F2026-0001", currency="CHF")).why is Why.CURRENCY
    assert one(money(3420, "F2026-0001"), keys=frozenset({"k"})).why is Why.KNOWN
