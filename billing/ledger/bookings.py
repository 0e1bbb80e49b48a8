"""How each document and each payment is entered: which accounts it moves, on which side."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.collection.models import FailedReturn, Receipt, ReceiptMethod, ReceiptMove, ReceiptReturn
from billing.invoice.models import Invoice, InvoiceKind
from billing.ledger.chart import Account
from billing.ledger.models import Journal, JournalEntry
from billing.ledger.services import Amount, Piece, post_entry
from coopcircuits import i18n
from coopcircuits.i18n import N_, gettext
from shops.enterprise.models import Enterprise

_DOCUMENTS = {
    InvoiceKind.INVOICE: N_("Invoice %(number)s, %(shop)s"),
    InvoiceKind.CREDIT_NOTE: N_("Credit note %(number)s, %(shop)s"),
    InvoiceKind.GIFT: N_("Gift %(number)s, %(shop)s"),
}
_PAYMENTS = {
    ReceiptMethod.TRANSFER: N_("Transfer, %(shop)s"),
    ReceiptMethod.CARD: N_("Card payment, %(shop)s"),
    ReceiptMethod.SEPA_DEBIT: N_("Direct debit, %(shop)s"),
    ReceiptMethod.CHEQUE: N_("Cheque, %(shop)s"),
    ReceiptMethod.CASH: N_("Cash, %(shop)s"),
    ReceiptMethod.OTHER: N_("Payment, %(shop)s"),
}
#: Where other money is after it was paid. What came another way is sorted by the accountant.
_ARRIVES = {
    ReceiptMethod.TRANSFER: Account.BANK,
    ReceiptMethod.CARD: Account.CARD_PROVIDER,
    ReceiptMethod.SEPA_DEBIT: Account.BANK,
    ReceiptMethod.CHEQUE: Account.CHEQUES,
    ReceiptMethod.CASH: Account.CASH,
    ReceiptMethod.OTHER: Account.TO_BE_SORTED,
}


def book_document(session: Session, *, invoice_id: int) -> JournalEntry:
    """An invoice or a notice of a gift: the shop owes it. A credit note: the same accounts, the other way round."""
    document = session.get_one(Invoice, invoice_id)
    shop = session.get_one(Enterprise, document.enterprise_id)
    asked_for = session.get_one(Invoice, document.corrects_id) if document.corrects_id else document
    income = Account.GIFTS if asked_for.kind is InvoiceKind.GIFT else Account.CONTRIBUTIONS
    amounts = [Amount(Account.SHOPS, debit=document.total, party=shop), Amount(income, credit=document.net)]
    if document.tax:
        amounts.append(Amount(Account.VAT_COLLECTED, credit=document.tax))
    if document.is_credit_note:
        amounts = [_turned(amount) for amount in amounts]
    return post_entry(
        session,
        journal=Journal.SALES,
        source=f"invoice:{document.id}",
        piece=Piece(document.number, document.issued_on, document.sha256),
        label=_in_the_books(_DOCUMENTS[document.kind], number=document.number, shop=shop.name),
        currency=document.currency,
        amounts=amounts,
    )


def book_receipt(session: Session, *, receipt_id: int) -> JournalEntry:
    """Money of a shop that arrived."""
    receipt = session.get_one(Receipt, receipt_id)
    shop = session.get_one(Enterprise, receipt.enterprise_id)
    label = _in_the_books(_PAYMENTS[receipt.method], shop=shop.name)
    return post_entry(
        session,
        journal=_journal(receipt),
        source=f"receipt:{receipt.id}",
        piece=Piece(_payment_name(receipt), receipt.received_on),
        label=f"{label}, {receipt.reference}" if receipt.reference else label,
        currency=receipt.currency,
        amounts=_paid(receipt, shop, receipt.amount),
    )


def book_returns(session: Session, *, receipt_id: int) -> list[JournalEntry]:
    """Money of a receipt that went back, once for each time it did: the shop owes it again."""
    receipt = session.get_one(Receipt, receipt_id)
    shop = session.get_one(Enterprise, receipt.enterprise_id)
    rows = session.scalars(
        select(ReceiptReturn).where(ReceiptReturn.receipt_id == receipt_id).order_by(ReceiptReturn.id)
    )
    return [
        post_entry(
            session,
            journal=_journal(receipt),
            source=f"receipt-return:{back.id}",
            piece=Piece(_payment_name(receipt), back.returned_on),
            label=", ".join(
                part for part in (_in_the_books(N_("Payment returned, %(shop)s"), shop=shop.name), back.reason) if part
            ),
            currency=receipt.currency,
            amounts=[_turned(amount) for amount in _paid(receipt, shop, back.amount)],
        )
        for back in rows.all()
    ]


def book_failed_return(session: Session, *, failed_id: int) -> JournalEntry:
    """Money that had gone back and did not arrive: its return the other way round, the shop has paid again."""
    failed = session.get_one(FailedReturn, failed_id)
    went = session.get_one(ReceiptReturn, failed.return_id)
    receipt = session.get_one(Receipt, went.receipt_id)
    shop = session.get_one(Enterprise, receipt.enterprise_id)
    label = _in_the_books(N_("Return of a payment failed, %(shop)s"), shop=shop.name)
    return post_entry(
        session,
        journal=_journal(receipt),
        source=f"failed-return:{failed.id}",
        piece=Piece(_payment_name(receipt), failed.failed_on),
        label=f"{label}, {failed.reason}" if failed.reason else label,
        currency=receipt.currency,
        amounts=_paid(receipt, shop, went.amount),
    )


def book_move(session: Session, *, move_id: int) -> list[JournalEntry]:
    """Money given from the wrong shop to the right one: an entry that takes it from the first, another for the second.

    Nothing moved at the bank, so neither is in its journal.
    """
    move = session.get_one(ReceiptMove, move_id)
    receipt = session.get_one(Receipt, move.receipt_id)
    sides = (
        ("out", move.from_id, N_("Payment of another shop taken back, %(shop)s")),
        ("in", move.to_id, N_("Payment recorded for another shop before, %(shop)s")),
    )
    entries = []
    for side, shop_id, label in sides:
        shop = session.get_one(Enterprise, shop_id)
        amounts = _paid(receipt, shop, move.amount)
        entries.append(
            post_entry(
                session,
                journal=Journal.OTHER,
                source=f"receipt-move:{move.id}:{side}",
                piece=Piece(_payment_name(receipt), move.moved_on),
                label=f"{_in_the_books(label, shop=shop.name)}, {move.reason}",
                currency=receipt.currency,
                amounts=[_turned(amount) for amount in amounts] if side == "out" else amounts,
            )
        )
    return entries


def _paid(receipt: Receipt, shop: Enterprise, amount: int) -> list[Amount]:
    account = Account.CARD_PROVIDER if receipt.is_by_provider else _ARRIVES[receipt.method]
    return [Amount(account, debit=amount), Amount(Account.SHOPS, credit=amount, party=shop)]


def _journal(receipt: Receipt) -> Journal:
    return Journal.CASH if receipt.method is ReceiptMethod.CASH else Journal.BANK


def _payment_name(receipt: Receipt) -> str:
    return f"R{receipt.id:06d}"


def _turned(amount: Amount) -> Amount:
    return replace(amount, debit=amount.credit, credit=amount.debit)


def _in_the_books(message: str, **params: str) -> str:
    """A label in the language of the books, whoever is working."""
    with i18n.speaking(i18n.DEFAULT):
        return gettext(message, **params)
