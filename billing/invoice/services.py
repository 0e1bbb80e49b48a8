"""Issue invoices, notices of gifts and credit notes. What is issued is never changed."""

from datetime import timedelta

from sqlalchemy.orm import Session

from billing.invoice import completeness, queries, unwritten
from billing.invoice.errors import AlreadyInvoiced, CreditTooLarge, InvoiceRefused
from billing.invoice.events import CreditNoteIssued, InvoiceIssued
from billing.invoice.models import Invoice, InvoiceKind, InvoiceRun
from billing.invoice.paper import document
from billing.invoice.sealing import digest, seal_of
from billing.invoice.snapshot import Corrected, Snapshot, buyer_of, seller_of, source_of
from billing.scheme.models import VatTreatment
from billing.statement import queries as statements
from billing.statement import services as statement_services
from billing.statement.models import Statement, StatementState
from coopcircuits import clock, events, i18n
from coopcircuits.actor import Actor
from coopcircuits.cooperative import queries as cooperatives
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.document.mentions import mentions_on
from coopcircuits.document.numbering import COOPERATIVE, Number, take_number
from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.i18n import N_
from coopcircuits.money import TaxedMoney
from coopcircuits.templating import money_text
from shops.enterprise import queries as enterprises
from shops.enterprise.models import Enterprise
from shops.permissions import GRANTS, Permission

#: First letter of each series; its year follows.
_SERIES = {InvoiceKind.INVOICE: "F", InvoiceKind.CREDIT_NOTE: "A", InvoiceKind.GIFT: "D"}


def issue_invoice(session: Session, *, statement_id: int, actor: Actor) -> Invoice:
    """Invoice an approved statement with something to pay; a gift gets a notice instead.

    Raises :class:`InvoiceRefused` or one of its kinds, naming what is missing; :class:`DocumentNotWritten`.
    """
    statement = next(iter(statements.lock_statements(session, [statement_id])), None)
    if statement is None:
        raise NotFound
    if (issued := queries.of_statement(session, statement_id)) is not None:
        raise AlreadyInvoiced(number=issued.number)
    if statement.state is not StatementState.APPROVED or statement.total <= 0:
        raise InvoiceRefused
    cooperative = _cooperative(session)
    shop = session.get_one(Enterprise, statement.enterprise_id)
    is_gift = statement.vat is VatTreatment.GIFT
    rate_bp = statement.contribution_tax_bp
    mentions = refuse_unless_complete(session, cooperative, shop, is_gift=is_gift, rate_bp=rate_bp)
    kind = InvoiceKind.GIFT if is_gift else InvoiceKind.INVOICE
    number = _number(session, cooperative, kind)
    paper = Snapshot(
        kind=kind,
        number=str(number),
        issued_on=number.day.isoformat(),
        due_on=(number.day + timedelta(days=cooperative.payment_days)).isoformat(),
        language=_language(session, shop.id),
        currency=statement.currency,
        period=statement.period,
        seller=seller_of(cooperative),
        buyer=buyer_of(shop),
        source=source_of(statement),
        net=statement.contribution,
        tax=statement.contribution_tax,
        rate_bp=rate_bp,
        vat_on_debits=cooperative.vat_on_debits,
        is_gift=is_gift,
        mentions=mentions,
    )
    invoice = _write(session, paper, number, statement, actor=actor)
    unwritten.forget(session, statement_id=statement_id)
    statement_services.mark_invoiced(session, statement=statement, actor=actor)
    issued_fact = InvoiceIssued(
        invoice_id=invoice.id,
        enterprise_id=shop.id,
        number=invoice.number,
        total=invoice.total,
        currency=invoice.currency,
    )
    events.record(session, issued_fact, actor=actor)
    return invoice


def issue_credit_note(
    session: Session, *, invoice_id: int, reason: str, actor: Actor, net: int | None = None
) -> Invoice:
    """Take a part (``net``, minor units before tax) or all that is left off a document, with a reason.

    Raises :class:`CreditTooLarge` or :class:`InvalidInput` naming the field, and what :func:`issue_invoice` raises.
    """
    corrected = queries.lock_invoice(session, invoice_id)
    if corrected.is_credit_note:
        raise InvalidInput(N_("A credit note is not corrected by another one."), field="net")
    if not reason.strip():
        raise InvalidInput(N_("Say why: the reason is printed on the credit note."), field="reason")
    amount = _credit(session, corrected, net)
    before, cooperative = Snapshot.read(corrected.snapshot), _cooperative(session)
    shop = session.get_one(Enterprise, corrected.enterprise_id)
    mentions = refuse_unless_complete(session, cooperative, shop, is_gift=before.is_gift, is_credit_note=True)
    number = _number(session, cooperative, InvoiceKind.CREDIT_NOTE)
    paper = Snapshot(
        kind=InvoiceKind.CREDIT_NOTE,
        number=str(number),
        issued_on=number.day.isoformat(),
        due_on=number.day.isoformat(),
        language=_language(session, shop.id),
        currency=corrected.currency,
        period=before.period,
        seller=seller_of(cooperative),
        buyer=buyer_of(shop),
        source=before.source,
        net=amount.net,
        tax=amount.tax,
        rate_bp=before.rate_bp,
        vat_on_debits=before.vat_on_debits,
        is_gift=before.is_gift,
        mentions={**mentions, **_said_of_vat(before)},
        corrects=Corrected(corrected.number, corrected.issued_on.isoformat()),
        reason=reason.strip(),
    )
    statement = session.get_one(Statement, corrected.statement_id)
    note = _write(session, paper, number, statement, actor=actor, corrects_id=corrected.id)
    fact = CreditNoteIssued(
        invoice_id=note.id,
        corrects_id=corrected.id,
        enterprise_id=shop.id,
        number=note.number,
        total=note.total,
        currency=note.currency,
    )
    events.record(session, fact, actor=actor)
    return note


def ask_to_issue(session: Session, *, period: str, actor: Actor) -> InvoiceRun:
    """Let the worker invoice every approved statement of a month; an order still open is not given twice."""
    cooperatives.lock_cooperative(session)  # two people who press at once give one order
    last = queries.last_run(session, period)
    if last is not None and last.finished_at is None:
        return last
    run = InvoiceRun(
        period=period,
        asked_at=clock.now(),
        asked_by=actor.label,
        wanted=queries.count_to_invoice(session, period),
        upto_statement_id=0,
    )
    session.add(run)
    session.flush()
    return run


def refuse_unless_complete(
    session: Session,
    cooperative: Cooperative,
    shop: Enterprise,
    *,
    is_gift: bool,
    is_credit_note: bool = False,
    rate_bp: int | None = None,
) -> dict[str, str]:
    """The sentences to print on a document of today by their kind; raises :class:`InvoiceRefused` if the law wants more
    than is known, or if ``rate_bp`` (of VAT; not looked at for a credit note) cannot be right."""
    day = clock.local_date(clock.now(), cooperative.zone)
    known = mentions_on(session, country=cooperative.country, day=day)
    needed = completeness.needed_mentions(cooperative, is_gift=is_gift, is_credit_note=is_credit_note)
    seller, buyer = seller_of(cooperative), buyer_of(shop)
    lacking = completeness.missing(cooperative, seller, buyer, known, needed=needed, is_gift=is_gift)
    completeness.refuse_incomplete(shop.name, lacking)
    if rate_bp is not None and not is_gift:
        completeness.refuse_wrong_tax(cooperative, buyer, rate_bp=rate_bp)
    return {kind: known[kind] for kind in needed}


def _cooperative(session: Session) -> Cooperative:
    found = cooperatives.cooperative(session)
    if found is None:
        raise NotFound
    return found


def _number(session: Session, cooperative: Cooperative, kind: InvoiceKind) -> Number:
    today = clock.local_date(clock.now(), cooperative.zone)
    return take_number(session, seller=COOPERATIVE, series=f"{_SERIES[kind]}{today.year}", day=today)


def _credit(session: Session, corrected: Invoice, net: int | None) -> TaxedMoney:
    """What is taken off: the tax goes with the amount, and the last credit note takes the last cent of it."""
    so_far = queries.credited(session, corrected.id)
    left = TaxedMoney(corrected.net - so_far.net, corrected.tax - so_far.tax)
    wanted = left.net if net is None else net
    if wanted <= 0 or wanted > left.net:
        raise CreditTooLarge(left=money_text(left.net, corrected.currency), field="net")
    if wanted == left.net:
        return left
    rate_bp = Snapshot.read(corrected.snapshot).rate_bp
    return TaxedMoney(wanted, min(left.tax, TaxedMoney.from_net(wanted, rate_bp).tax))


def _said_of_vat(before: Snapshot) -> dict[str, str]:
    """A credit note speaks of VAT as the invoice did, whatever the cooperative has become since."""
    return {kind: before.mentions[kind] for kind in completeness.VAT_MENTIONS if kind in before.mentions}


def _language(session: Session, enterprise_id: int) -> str:
    """The language of whoever reads the shop's accounts first."""
    for member in enterprises.staff_of(session, enterprise_id=enterprise_id):
        if Permission.VIEW_ACCOUNTS in GRANTS[member.role] and member.user.disabled_at is None:
            return member.user.language
    return i18n.DEFAULT


def _write(
    session: Session,
    paper: Snapshot,
    number: Number,
    statement: Statement,
    *,
    actor: Actor,
    corrects_id: int | None = None,
) -> Invoice:
    now = clock.now()
    pdf = document(paper, created=now)
    invoice = Invoice(
        kind=InvoiceKind(paper.kind),
        number=paper.number,
        series=number.series,
        sequence=number.sequence,
        corrects_id=corrects_id,
        enterprise_id=statement.enterprise_id,
        statement_id=statement.id,
        issued_on=number.day,
        due_on=number.day.fromisoformat(paper.due_on),
        issued_at=now,
        issued_by=actor.label,
        currency=paper.currency,
        net=paper.net,
        tax=paper.tax,
        total=paper.total,
        reason=paper.reason,
        language=paper.language,
        snapshot=paper.kept(),
        pdf=pdf,
        sha256=digest(pdf),
        seal="",
    )
    invoice.seal = seal_of(invoice, queries.seal_before(session, number.series, number.sequence))
    session.add(invoice)
    session.flush()
    return invoice
