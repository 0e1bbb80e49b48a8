"""Mandates of shops, files for the bank, and how each debit ended."""

import hashlib
import re
from datetime import date, timedelta

from sqlalchemy.orm import Session
from stdnum import iban as ibans
from stdnum.exceptions import ValidationError

from billing.collection import queries as accounts
from billing.collection import services as collection
from billing.collection.models import ReceiptMethod
from billing.direct_debit import pain, queries
from billing.direct_debit.bank_days import is_bank_day
from billing.direct_debit.errors import DebitChanged, DebitsOff, NothingToDebit
from billing.direct_debit.events import DebitFilePrepared, DebitRefused, MandateRevoked, MandateSigned
from billing.direct_debit.models import TRANSITIONS, DebitFile, DebitLine, DebitState, Mandate
from billing.direct_debit.queries import Debitable
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.cooperative import queries as cooperative
from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.i18n import N_, gettext
from coopcircuits.references import new_reference

#: Days between telling a shop what will be collected and the collection (SEPA rulebook, core scheme, 4.3.4).
NOTICE_DAYS = 14
#: Banks want the file at least so many days before.
_AHEAD_DAYS = 2
#: Countries whose accounts can be debited (EPC409-09).
_SEPA = re.compile(
    "A[DLT]|B[EG]|C[HYZ]|D[EK]|E[ES]|F[IR]|G[BIR]|H[RU]|I[EST]|L[ITUV]|M[CDEKT]|N[LO]|P[LT]|R[OS]|S[EIKM]|VA"
)
#: What a mandate says; kept with each one, in the words that were read.
_TEXT = N_(
    "By signing this mandate you authorise %(creditor)s (SEPA creditor identifier %(creditor_id)s) to send "
    "instructions to your bank to debit your account, and your bank to debit your account in accordance with the "
    "instructions from %(creditor)s. You may have a debit refunded by your bank under the terms of your agreement "
    "with it: within eight weeks of the day your account was debited, and within thirteen months if you did not "
    "authorise it. Each debit is announced at least 14 days before, with the invoice."
)


def creditor(session: Session) -> pain.Creditor:
    """Who collects; raises :class:`DebitsOff` as long as the cooperative has not said what that needs."""
    home = cooperative.cooperative(session)
    if home is None or not home.iban or not home.creditor_id or home.currency != "EUR":
        raise DebitsOff
    return pain.Creditor(home.name, home.iban.replace(" ", ""), home.bic.replace(" ", ""), home.creditor_id)


def mandate_text(session: Session) -> str:
    """What a shop agrees to, in the reader's language; raises :class:`DebitsOff`."""
    who = creditor(session)
    return gettext(_TEXT) % {"creditor": who.name, "creditor_id": who.creditor_id}


def sign_mandate(session: Session, *, actor: Actor, enterprise_id: int, holder: str, iban: str) -> Mandate:
    """A shop agrees to be debited on an account; an earlier mandate ends. Raises :class:`InvalidInput` or
    :class:`DebitsOff`."""
    text = mandate_text(session)
    account = _checked(iban)
    if not holder.strip():
        raise InvalidInput(N_("Write the name on the account."), field="holder")
    accounts.lock_account(session, enterprise_id)
    if queries.mandate_of(session, enterprise_id) is not None:
        revoke_mandate(session, actor=actor, enterprise_id=enterprise_id)
    mandate = Mandate(
        enterprise_id=enterprise_id,
        reference=f"CC{enterprise_id}-{new_reference(6)}",
        holder=" ".join(holder.split())[:70],
        iban=account,
        text=text,
        signed_at=clock.now(),
        signed_by=actor.label,
    )
    session.add(mandate)
    session.flush()
    events.record(session, MandateSigned(mandate_id=mandate.id, enterprise_id=enterprise_id), actor=actor)
    return mandate


def revoke_mandate(session: Session, *, actor: Actor, enterprise_id: int) -> Mandate:
    """Nothing more is collected; what the bank was asked before still may be. Raises :class:`NotFound`."""
    accounts.lock_account(session, enterprise_id)
    mandate = queries.mandate_of(session, enterprise_id)
    if mandate is None:
        raise NotFound
    mandate.revoked_at, mandate.revoked_by = clock.now(), actor.label
    session.flush()
    events.record(session, MandateRevoked(mandate_id=mandate.id, enterprise_id=enterprise_id), actor=actor)
    return mandate


def _checked(iban: str) -> str:
    try:
        account: str = ibans.validate(iban)
    except ValidationError:
        raise InvalidInput(N_("This is not a complete IBAN: look at a digit again."), field="iban") from None
    if not _SEPA.match(account):
        raise InvalidInput(N_("Accounts of this country cannot be debited by SEPA."), field="iban")
    return account


def may_be_collected(session: Session, *, day: date) -> list[Debitable]:
    """What a file for ``day`` would collect: due by then, announced early enough, in no other file."""
    told_before = day - timedelta(days=NOTICE_DAYS)
    found = queries.debitable(session, day=day)
    # A debit that failed is announced again, by the mail that tells of it.
    told_again = queries.last_told(session, [each.found.invoice.id for each in found])
    return [
        each
        for each in found
        if (invoice := each.found.invoice).due_on <= day
        and max(invoice.issued_on, told_again.get(invoice.id, invoice.issued_on)) <= told_before
    ]


def prepare_file(session: Session, *, actor: Actor, day: date, today: date) -> DebitFile:
    """Ask the bank for every invoice that may be collected on ``day``; each once, however many prepare at once.

    Raises :class:`InvalidInput` for a day on which banks do not collect, :class:`NothingToDebit`, :class:`DebitsOff`.
    """
    who = creditor(session)
    if not is_bank_day(day):
        raise InvalidInput(N_("Banks do not collect on this day: choose a weekday that is no holiday."), field="day")
    if day < today + timedelta(days=_AHEAD_DAYS):
        raise InvalidInput(N_("The bank needs the file two days ahead: choose a later day."), field="day")
    shops = {each.mandate.enterprise_id for each in may_be_collected(session, day=day)}
    accounts.lock_accounts(session, shops)
    found = [each for each in may_be_collected(session, day=day) if each.mandate.enterprise_id in shops]
    if not found:
        raise NothingToDebit(day=f"{day:%Y-%m-%d}")
    now, mark = clock.now(), new_reference(4)
    reference = f"PR{day:%Y%m%d}-{mark}"
    lines = [
        DebitLine(
            invoice_id=each.found.invoice.id,
            mandate_id=each.mandate.id,
            amount=each.found.open,
            end_to_end=f"{each.found.invoice.number}-{mark}"[:35],
            state=DebitState.SENT,
        )
        for each in found
    ]
    content = pain.write(
        reference=reference,
        day=day,
        created_at=now,
        creditor=who,
        collections=[_collection(each, line) for each, line in zip(found, lines, strict=True)],
    )
    made = DebitFile(
        reference=reference,
        collection_day=day,
        count=len(lines),
        total=sum(line.amount for line in lines),
        currency="EUR",
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
        prepared_at=now,
        prepared_by=actor.label,
        lines=lines,
    )
    for each in found:
        each.mandate.last_used_on = day
    session.add(made)
    session.flush()
    fact = DebitFilePrepared(file_id=made.id, day=str(day), count=made.count, total=made.total, digest=made.digest)
    events.record(session, fact, actor=actor)
    return made


def _collection(each: Debitable, line: DebitLine) -> pain.Collection:
    return pain.Collection(
        end_to_end=line.end_to_end,
        amount=line.amount,
        holder=each.mandate.holder,
        iban=each.mandate.iban,
        mandate=each.mandate.reference,
        signed_on=each.mandate.signed_at.date(),
        text=each.found.invoice.number,
    )


def collect(session: Session, *, actor: Actor, line_id: int, received_on: date) -> DebitLine:
    """The money of a debit has come; again, it changes nothing.

    What somebody wrote down as refused has come all the same. Raises :class:`DebitChanged` if it came and went back, or
    if the bank's statement says that it was refused.
    """
    line = _locked(session, line_id)
    if line.state is DebitState.COLLECTED:
        return line
    if line.seen_back:
        raise DebitChanged
    _move(line, DebitState.COLLECTED)
    receipt = collection.record_receipt(
        session,
        enterprise_id=line.invoice.enterprise_id,
        method=ReceiptMethod.SEPA_DEBIT,
        amount=line.amount,
        currency="EUR",
        received_on=received_on,
        reference=line.end_to_end,
        source=f"debit:{line.id}",
        actor=actor,
        invoice_id=line.invoice_id,
    )
    line.receipt_id, line.reason, line.ended_on = receipt.id, "", None
    return line


def take_back(
    session: Session,
    *,
    actor: Actor,
    line_id: int,
    returned_on: date,
    reason: str,
    source: str,
    seen_by_bank: bool = False,
) -> DebitLine:
    """A debit was refused, or came and was taken back, even weeks later: the invoice opens again.

    Once it ended so, it changes nothing any more, but for ``seen_by_bank``: the bank's statement is where it is read.
    """
    line = _locked(session, line_id)
    line.seen_back = line.seen_back or seen_by_bank
    if line.state in (DebitState.REFUSED, DebitState.RETURNED):
        return line
    line.reason, line.ended_on = reason.strip()[:200], _today(session)
    if line.receipt_id is None:
        _move(line, DebitState.REFUSED)
    else:
        _move(line, DebitState.RETURNED)
        receipt = accounts.fresh_receipt(session, line.receipt_id)
        if receipt.kept:
            collection.return_receipt(
                session,
                receipt_id=receipt.id,
                returned_on=returned_on,
                reason=line.reason,
                source=source,
                actor=actor,
            )
    session.flush()
    fact = DebitRefused(
        line_id=line.id,
        invoice_id=line.invoice_id,
        enterprise_id=line.invoice.enterprise_id,
        amount=line.amount,
        state=line.state,
    )
    events.record(session, fact, actor=actor)
    return line


def _today(session: Session) -> date:
    home = cooperative.cooperative(session)
    return clock.local_date(clock.now(), home.zone if home else "UTC")


def _move(line: DebitLine, state: DebitState) -> None:
    if state not in TRANSITIONS[line.state]:
        raise DebitChanged
    line.state = state


def _locked(session: Session, line_id: int) -> DebitLine:
    line = queries.line(session, line_id)
    accounts.lock_account(session, line.invoice.enterprise_id)
    return queries.line(session, line_id)
