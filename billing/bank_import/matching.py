"""Whose money a movement is, and why we think so. Pure: it is told what is known and asks nothing."""

import enum
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from billing.bank_import.camt import Movement
from billing.direct_debit.models import DebitState
from coopcircuits.references import plain

#: A number such as F2026-0001 as people copy it: "facture F2026 0001", "f2026/1", "FACTUREF20260001".
_NUMBER = re.compile(r"([A-Z]{1,20})[\s\-./_]{0,2}(\d{4})[\s\-./_]{0,2}(\d{1,9})(?!\d)", re.ASCII)
#: Words that half of all farms have in their name.
_COMMON = frozenset(
    {"earl", "gaec", "sarl", "scea", "sas", "sci", "ferme", "la", "le", "les", "l", "de", "des", "du", "d"}
)


class Why(enum.StrEnum):
    """What a movement was recognised by."""

    #: An invoice's number in the text.
    REFERENCE = "reference"
    #: The payer's account and the amount of one open invoice.
    ACCOUNT = "account"
    #: The payer's name and the amount of one open invoice.
    NAME = "name"
    #: A direct debit of ours, by the reference we gave it.
    DEBIT = "debit"
    #: A direct debit of ours that came back.
    RETURNED = "returned"
    #: Nothing: somebody has to say whose it is.
    NOTHING = "nothing"
    #: Read and recorded before.
    KNOWN = "known"
    #: Money that left and is no debit of ours.
    OUTGOING = "outgoing"
    #: In another currency.
    CURRENCY = "currency"


@dataclass(frozen=True)
class Payable:
    """An invoice that a movement may pay; ``open`` is zero once it is paid."""

    id: int
    number: str
    series: str
    sequence: int
    enterprise_id: int
    open: int


@dataclass(frozen=True)
class Debit:
    """A line of a direct debit file; ``receipt_id`` once it was collected, whatever came after.

    ``seen_back``: the bank's statement says that it failed, and not only somebody who heard so.
    """

    id: int
    end_to_end: str
    batch: str
    amount: int
    enterprise_id: int
    state: DebitState
    receipt_id: int | None
    seen_back: bool = False

    @property
    def has_failed(self) -> bool:
        return self.state in (DebitState.REFUSED, DebitState.RETURNED)

    @property
    def has_come(self) -> bool:
        """Whether a credit of all that was asked for brings its money: the bank took none of it back apart."""
        return self.state is not DebitState.RETURNED and not self.seen_back


@dataclass(frozen=True)
class Known:
    """What is known before a file is read. ``names`` are the shops', ``accounts`` the IBANs they paid from."""

    currency: str
    payables: Sequence[Payable]
    names: Mapping[int, str]
    accounts: Mapping[str, int]
    debits: Sequence[Debit] = ()
    keys: frozenset[str] = frozenset()
    by_number: Mapping[tuple[str, int], Payable] = field(init=False)
    open_by_shop: Mapping[int, list[Payable]] = field(init=False)
    words: Mapping[int, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        still_open: dict[int, list[Payable]] = {}
        for payable in self.payables:
            if payable.open > 0:
                still_open.setdefault(payable.enterprise_id, []).append(payable)
        object.__setattr__(self, "by_number", {(each.series, each.sequence): each for each in self.payables})
        object.__setattr__(self, "open_by_shop", still_open)
        object.__setattr__(self, "words", {id_: _words(name) for id_, name in self.names.items() if id_ in still_open})


@dataclass(frozen=True)
class Match:
    """A movement and what it was found to be. ``short`` is what an invoice still asks for afterwards, below zero when
    more was paid; ``enterprise_id`` alone is a guess that somebody may confirm."""

    movement: Movement
    why: Why
    enterprise_id: int | None = None
    invoice_id: int | None = None
    short: int = 0
    debits: tuple[Debit, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether it is recorded when the file is confirmed."""
        return self.why in (Why.REFERENCE, Why.ACCOUNT, Why.NAME, Why.DEBIT, Why.RETURNED)


def numbers_in(text: str) -> Iterator[tuple[str, int]]:
    """Series and sequence of whatever looks like an invoice's number, with every cut of the letters before it."""
    for letters, year, sequence in _NUMBER.findall(text.upper()):
        for cut in range(max(0, len(letters) - 4), len(letters)):
            yield f"{letters[cut:]}{year}", int(sequence)


def match(movements: Sequence[Movement], known: Known) -> list[Match]:
    """What each movement is, in order. Money that an earlier movement brings is no longer expected by a later one."""
    left = {payable.id: payable.open for payable in known.payables}
    found = []
    for movement in movements:
        each = _match(movement, known, left)
        if each.invoice_id is not None and each.is_certain:
            left[each.invoice_id] -= movement.amount
        found.append(each)
    return found


def _match(movement: Movement, known: Known, left: dict[int, int]) -> Match:
    if movement.key in known.keys:
        return Match(movement, Why.KNOWN)
    if movement.currency != known.currency:
        return Match(movement, Why.CURRENCY)
    if debit := _debit(movement, known):
        return debit
    if movement.amount < 0:
        return Match(movement, Why.OUTGOING)
    return _by_reference(movement, known, left) or _by_payer(movement, known, left)


def _debit(movement: Movement, known: Known) -> Match | None:
    named = [debit for debit in known.debits if movement.end_to_end and debit.end_to_end == movement.end_to_end]
    if movement.amount < 0 or movement.return_reason:
        if named and abs(movement.amount) >= named[0].amount:  # the shop's bank may add its fee to what it takes back
            return Match(movement, Why.RETURNED, named[0].enterprise_id, debits=(named[0],))
        return None
    if not named and movement.batch:
        named = [debit for debit in known.debits if debit.batch == movement.batch and debit.receipt_id is None]
    if not named:
        return None
    shop_id = named[0].enterprise_id if len(named) == 1 else None
    if any(debit.state is DebitState.RETURNED for debit in named):  # its money came before
        return Match(movement, Why.NOTHING, shop_id)
    # Some banks credit the whole file and take back what failed, maybe earlier; others credit what is left of it. What
    # somebody wrote down as refused has come all the same if the bank credits it, until the bank takes it back.
    come = tuple(debit for debit in named if debit.has_come)
    if movement.amount == _sum(named):
        return Match(movement, Why.DEBIT, shop_id, debits=come)
    still_expected = tuple(debit for debit in named if not debit.has_failed)
    for credited in (still_expected, come):
        if credited and movement.amount == _sum(credited):
            return Match(movement, Why.DEBIT, shop_id, debits=credited)
    return None if still_expected else Match(movement, Why.NOTHING, shop_id)


def _sum(debits: Iterable[Debit]) -> int:
    return sum(debit.amount for debit in debits)


def _by_reference(movement: Movement, known: Known, left: dict[int, int]) -> Match | None:
    named = {each.id: each for number in numbers_in(movement.text) if (each := known.by_number.get(number))}
    shops = {each.enterprise_id for each in named.values()}
    if len(shops) != 1:
        return None
    first = next(iter(named.values()))
    short = sum(max(0, left[each]) for each in named) - movement.amount
    return Match(movement, Why.REFERENCE, first.enterprise_id, first.id, short)


def _by_payer(movement: Movement, known: Known, left: dict[int, int]) -> Match:
    def exact(shop_id: int) -> list[Payable]:
        return [each for each in known.open_by_shop.get(shop_id, []) if left[each.id] == movement.amount]

    shop_id = known.accounts.get(movement.iban) if movement.iban else None
    if shop_id is not None:
        if asked := exact(shop_id):
            return Match(movement, Why.ACCOUNT, shop_id, asked[0].id)
        return Match(movement, Why.NOTHING, shop_id)
    payer = _words(movement.name)
    alike = [each for each, words in known.words.items() if payer and words and (words <= payer or payer <= words)]
    asked = [payable for each in alike for payable in exact(each)]
    if asked and len({payable.enterprise_id for payable in asked}) == 1:
        return Match(movement, Why.NAME, asked[0].enterprise_id, asked[0].id)
    return Match(movement, Why.NOTHING, alike[0] if len(alike) == 1 else None)


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", plain(name))) - _COMMON
