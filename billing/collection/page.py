"""What the pages of payments show, gathered in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from billing.collection import history, queries, standing
from billing.collection.models import Receipt, ReceiptMove, Settlement
from billing.collection.queries import OpenInvoice
from billing.collection.standing import Position
from billing.collection.transfer import Transfer, transfer_for
from billing.direct_debit import queries as debits
from billing.direct_debit.models import DebitLine, DebitState, Mandate
from billing.invoice.models import Invoice
from coopcircuits.cooperative import queries as cooperative
from shops.enterprise.models import Enterprise


@dataclass(frozen=True)
class ShopPayments:
    """How a shop stands, what it may pay and how, what it paid."""

    position: Position
    owed: Sequence[OpenInvoice]
    debits: Mapping[int, DebitLine]
    #: Of everything that is open and no debit under way, in one go; or of the only invoice.
    transfer: Transfer | None
    receipts: Sequence[Receipt]
    #: Money that had been recorded for this shop and was another's, or the other way round.
    moves: Sequence[ReceiptMove]
    mandate: Mandate | None


def shop_payments(session: Session, shop: Enterprise, *, day: date) -> ShopPayments:
    """The payments page of a shop on a day."""
    owed = queries.open_invoices(session, enterprise_id=shop.id)
    under_way = debits.in_files(session, [found.invoice.id for found in owed])
    to_pay = [found for found in owed if found.invoice.id not in under_way]
    home = cooperative.cooperative(session)
    return ShopPayments(
        position=standing.position(session, shop.id, day=day),
        owed=owed,
        debits=under_way,
        transfer=transfer_for(
            home,
            reference=" ".join(found.invoice.number for found in to_pay)[:140],
            amount=sum(found.open for found in to_pay),
            currency=shop.currency,
        ),
        receipts=queries.receipts(session, enterprise_id=shop.id, most=50),
        moves=history.moves_of_shop(session, shop.id),
        mandate=debits.mandate_of(session, shop.id),
    )


@dataclass(frozen=True)
class InvoicePayments:
    """What was paid of an invoice, and how to pay the rest."""

    invoice: Invoice
    open: int
    settlements: Sequence[Settlement]
    transfer: Transfer | None
    debit: DebitLine | None
    is_late: bool


def invoice_payments(session: Session, invoice: Invoice, *, day: date) -> InvoicePayments:
    """The payments of one invoice."""
    still_open = queries.open_amount(session, invoice.id)
    debit = debits.line_of_invoice(session, invoice.id)
    sent = debit is not None and debit.state is DebitState.SENT
    home = cooperative.cooperative(session)
    return InvoicePayments(
        invoice=invoice,
        open=still_open,
        settlements=queries.settlements_of(session, invoice.id),
        transfer=None
        if sent
        else transfer_for(home, reference=invoice.number, amount=still_open, currency=invoice.currency),
        debit=debit,
        is_late=OpenInvoice(invoice, still_open).is_late(day) and still_open > 0,
    )
