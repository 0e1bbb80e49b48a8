"""Mails that bring a document to its shop."""

from sqlalchemy.orm import Session

from billing.invoice.models import Invoice, InvoiceKind
from billing.invoice.naming import file_name
from billing.invoice.snapshot import Snapshot
from billing.invoice.words import how
from coopcircuits import i18n
from coopcircuits.auth.models import User
from coopcircuits.i18n import N_
from coopcircuits.links import link_to
from coopcircuits.mail import services as mail
from coopcircuits.mail.attachments import Attachment
from coopcircuits.templating import money_text, month_text, short_date

_SUBJECTS = {
    InvoiceKind.INVOICE: N_("Invoice %(number)s: your contribution for %(month)s"),
    InvoiceKind.CREDIT_NOTE: N_("Credit note %(number)s on your contribution for %(month)s"),
    InvoiceKind.GIFT: N_("Your contribution for %(month)s: how to give it"),
}


def document_issued(session: Session, *, invoice: Invoice, person: User) -> None:
    """One mail for one document and person, with the file; ``enterprise`` and ``corrects`` must be loaded."""
    shop, paper = invoice.enterprise, Snapshot.read(invoice.snapshot)
    with i18n.speaking(person.language):
        month, total = month_text(paper.period), money_text(invoice.total, invoice.currency)
        due, reckoning = short_date(invoice.due_on), how(paper)
    mail.queue(
        session,
        key=f"invoice:{invoice.id}:{person.id}",
        to=person.email,
        language=person.language,
        template="billing/mail/document_issued",
        subject=_SUBJECTS[invoice.kind],
        attachments=[Attachment("invoice", invoice.id, file_name(invoice.number))],
        name=person.name,
        shop=shop.name,
        kind=invoice.kind.value,
        number=invoice.number,
        corrects=invoice.corrects.number if invoice.corrects else "",
        reason=invoice.reason,
        month=month,
        total=total,
        due=due,
        how=reckoning,
        iban=paper.seller.iban,
        link=link_to("invoice.show_own", shop=shop.permalink, number=invoice.number),
    )
