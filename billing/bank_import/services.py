"""Read a bank statement in two steps, look and confirm; then place by hand what was not recognised."""

import hashlib

from sqlalchemy.orm import Session

from billing.bank_import import queries
from billing.bank_import.camt import BankStatement, Movement, UnreadableBankFile, parse
from billing.bank_import.errors import FileImported, LinePlaced
from billing.bank_import.events import BankFileImported, BankLinePlaced
from billing.bank_import.matching import Match, Why, match
from billing.bank_import.models import BankFile, BankLine, BankLineState
from billing.collection import queries as accounts
from billing.collection import services as collection
from billing.collection.models import ReceiptMethod
from billing.direct_debit import services as debits
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.cooperative import queries as cooperative
from coopcircuits.i18n import N_
from coopcircuits.templating import short_date

#: What each finding makes of a line.
_STATES = {
    Why.NOTHING: BankLineState.WAITING,
    Why.OUTGOING: BankLineState.SET_ASIDE,
    Why.CURRENCY: BankLineState.SET_ASIDE,
}


def keep_upload(session: Session, *, actor: Actor, file_name: str, content: bytes) -> BankFile:
    """Keep a file until it is confirmed. The same bytes again give the same file, or :class:`FileImported` once they
    are confirmed. Raises :class:`UnreadableBankFile`."""
    statement = _understand(session, content)
    digest = hashlib.sha256(content).hexdigest()
    known = queries.by_digest(session, digest)
    if known is not None:
        _refuse_confirmed(known)
        return known
    first, last = statement.days
    kept = BankFile(
        name="".join(c for c in file_name if c.isprintable())[-200:],
        content=content,
        digest=digest,
        first_day=first,
        last_day=last,
        uploaded_at=clock.now(),
        uploaded_by=actor.label,
    )
    session.add(kept)
    session.flush()
    return kept


def preview(session: Session, *, content: bytes) -> list[Match]:
    """What each line of the file was found to be, in its order. Changes nothing."""
    statement = _understand(session, content)
    return match(statement.movements, queries.known_for(session, statement.movements, currency=_currency(session)))


def confirm(session: Session, *, actor: Actor, file_id: int) -> BankFile:
    """Record what was recognised and keep the rest to be placed, all or nothing; a second confirmation changes nothing.

    Whatever was recorded from another file meanwhile is left out.
    """
    queries.lock_lines(session)
    kept = queries.lock_file(session, file_id)
    if kept.confirmed_at is not None:
        return kept
    found = [each for each in preview(session, content=kept.content) if each.why is not Why.KNOWN]
    accounts.lock_accounts(session, _shops_of(found))
    # Read again: what was open while this waited for the accounts may be paid by now.
    found = [each for each in preview(session, content=kept.content) if each.why is not Why.KNOWN]
    lines = [_keep_line(session, kept, each) for each in found]
    session.flush()
    # What comes back may be listed before the credit it is taken from.
    for line, each in sorted(zip(lines, found, strict=True), key=lambda pair: pair[1].why is Why.RETURNED):
        if each.is_certain:
            _record(session, line, each, actor)
    kept.confirmed_at, kept.confirmed_by = clock.now(), actor.label
    recorded = sum(line.state is BankLineState.RECORDED for line in lines)
    fact = BankFileImported(file_id=kept.id, digest=kept.digest, lines=len(lines), recorded=recorded)
    events.record(session, fact, actor=actor)
    return kept


def place(
    session: Session, *, actor: Actor, line_id: int, enterprise_id: int, invoice_id: int | None = None
) -> BankLine:
    """Somebody says whose money a line is; it pays the named invoice first.

    Raises :class:`LinePlaced` and :class:`InvoicePaid`.
    """
    queries.lock_lines(session)
    line = _still_waiting(session, line_id)
    accounts.lock_account(session, enterprise_id)
    collection.refuse_paid(session, invoice_id, field="target")
    receipt = collection.record_receipt(
        session,
        enterprise_id=enterprise_id,
        method=ReceiptMethod.TRANSFER,
        amount=line.amount,
        currency=line.currency,
        received_on=line.booked_on,
        reference=line.text or line.name,
        source=f"bank:{line.key}",
        actor=actor,
        invoice_id=invoice_id,
    )
    line.receipt_id = receipt.id
    return _decided(session, line, BankLineState.RECORDED, actor)


def set_aside(session: Session, *, actor: Actor, line_id: int) -> BankLine:
    """Somebody says that a line has nothing to do with contributions. Raises :class:`LinePlaced`."""
    queries.lock_lines(session)
    return _decided(session, _still_waiting(session, line_id), BankLineState.SET_ASIDE, actor)


def take_up(session: Session, *, actor: Actor, line_id: int) -> BankLine:
    """A line was set aside by mistake: it waits again. Raises :class:`LinePlaced`."""
    queries.lock_lines(session)
    line = queries.line(session, line_id)
    if line.state is not BankLineState.SET_ASIDE or line.amount < 0:
        raise LinePlaced
    return _decided(session, line, BankLineState.WAITING, actor)


def _still_waiting(session: Session, line_id: int) -> BankLine:
    line = queries.line(session, line_id)
    if line.state is not BankLineState.WAITING:
        raise LinePlaced
    return line


def _decided(session: Session, line: BankLine, state: BankLineState, actor: Actor) -> BankLine:
    line.state, line.decided_at, line.decided_by = state, clock.now(), actor.label
    fact = BankLinePlaced(line_id=line.id, state=state, receipt_id=line.receipt_id)
    events.record(session, fact, actor=actor)
    return line


def _shops_of(found: list[Match]) -> set[int]:
    shops = {each.enterprise_id for each in found if each.enterprise_id is not None}
    return shops | {debit.enterprise_id for each in found for debit in each.debits}


def _keep_line(session: Session, kept: BankFile, found: Match) -> BankLine:
    movement = found.movement
    line = BankLine(
        file_id=kept.id,
        key=movement.key,
        state=_STATES.get(found.why, BankLineState.RECORDED),
        booked_on=movement.booked_on,
        amount=movement.amount,
        currency=movement.currency,
        name=movement.name,
        iban=movement.iban,
        text=movement.text,
        bank_reference=movement.bank_reference,
    )
    session.add(line)
    return line


def _record(session: Session, line: BankLine, found: Match, actor: Actor) -> None:
    movement = found.movement
    if found.why is Why.DEBIT:
        for debit in found.debits:
            collected = debits.collect(session, line_id=debit.id, received_on=movement.booked_on, actor=actor)
            line.receipt_id = collected.receipt_id if len(found.debits) == 1 else None
        return
    if found.why is Why.RETURNED:
        reason, source = _why_returned(movement), f"bank:{movement.key}"
        back = debits.take_back(
            session,
            line_id=found.debits[0].id,
            returned_on=movement.booked_on,
            reason=reason,
            source=source,
            actor=actor,
            seen_by_bank=True,
        )
        line.receipt_id = back.receipt_id
        return
    receipt = collection.record_receipt(
        session,
        enterprise_id=found.enterprise_id or 0,
        method=ReceiptMethod.TRANSFER,
        amount=movement.amount,
        currency=movement.currency,
        received_on=movement.booked_on,
        reference=movement.text or movement.name,
        source=f"bank:{movement.key}",
        actor=actor,
        invoice_id=found.invoice_id,
    )
    line.receipt_id = receipt.id


def _why_returned(movement: Movement) -> str:
    return f"{movement.return_reason} {movement.text}".strip()


def _understand(session: Session, content: bytes) -> BankStatement:
    """The file, if it is of the cooperative's own account. Raises :class:`UnreadableBankFile`."""
    statement = parse(content)
    home = cooperative.cooperative(session)
    own = home.iban.replace(" ", "").upper() if home else ""
    others = [account for account in statement.accounts if account.replace(" ", "").upper() != own]
    if own and others:
        raise UnreadableBankFile(
            N_("This file is of another account, %(account)s. Nothing has been recorded."), account=others[0][:40]
        )
    return statement


def _currency(session: Session) -> str:
    home = cooperative.cooperative(session)
    return home.currency if home else "EUR"


def _refuse_confirmed(known: BankFile) -> None:
    if known.confirmed_at is not None:
        raise FileImported(day=short_date(known.confirmed_at), field="file")
