"""Checks every document against itself, its series, its statement and the XML in its file; needs no network."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from billing.invoice import queries
from billing.invoice.models import Invoice
from billing.invoice.naming import file_name
from billing.invoice.sealing import digest, seal_of
from billing.invoice.snapshot import Snapshot
from coopcircuits.document.facturx import embedded_xml
from coopcircuits.document.letters import for_xml
from coopcircuits.document.numbering import COOPERATIVE, last_numbers
from coopcircuits.i18n import gettext
from coopcircuits.money import to_decimal

_RAM = {"ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"}


class Finding(NamedTuple):
    """What is wrong with a document, in words."""

    number: str
    says: str


class Verdict(NamedTuple):
    """How many documents were read, and the first that is wrong."""

    documents: int
    wrong: Finding | None


def verify(session: Session) -> Verdict:
    """Read every document and stop at the first that is wrong; then look at what no single one can show."""
    last: dict[str, Invoice] = {}
    count = 0
    for invoice in queries.whole(session):
        count += 1
        before = last.get(invoice.series)
        for says in _wrong(invoice, before):
            return Verdict(count, Finding(invoice.number, says))
        last[invoice.series] = invoice
    return Verdict(count, _wrong_together(session, {series: found.sequence for series, found in last.items()}))


def verify_against(session: Session, exported: Mapping[str, str]) -> Finding | None:
    """The first document of an earlier export (file name to SHA-256) that is gone or not the same any more.

    Finds what no look at the database alone can: an old backup put back, or a whole series written anew.
    """
    now = {file_name(number): sha256 for number, sha256 in queries.digests(session).items()}
    for name, sha256 in sorted(exported.items()):
        if now.get(name) != sha256:
            says = gettext("it was exported before and is no longer the same, or gone")
            return Finding(name.removesuffix(".pdf"), says)
    return None


def _wrong(invoice: Invoice, before: Invoice | None) -> Iterator[str]:
    """Everything wrong with one document, the telling first."""
    follows = before.sequence + 1 if before else 1
    if invoice.sequence != follows:
        yield gettext("the number %(number)s is missing before it", number=f"{invoice.series}-{follows:04d}")
    if invoice.number != f"{invoice.series}-{invoice.sequence:04d}":
        yield gettext("its number is not the one of its place in the series")
    if before and invoice.issued_on < before.issued_on:
        yield gettext("it is dated before the document ahead of it")
    if digest(invoice.pdf) != invoice.sha256:
        yield gettext("its file was changed")
    if seal_of(invoice, before.seal if before else "") != invoice.seal:
        yield gettext("what is known of it was changed")
    if invoice.net + invoice.tax != invoice.total:
        yield gettext("its amounts do not add up")
    paper = Snapshot.read(invoice.snapshot)
    if _known(invoice) != _printed(paper):
        yield gettext("what is known of it is not what was printed")
    if not paper.is_gift and _machine_read(invoice.pdf) != _for_machines(paper):
        yield gettext("its XML says something else than its page")


def _known(invoice: Invoice) -> tuple[object, ...]:
    return (invoice.kind, invoice.number, invoice.issued_on, invoice.due_on, invoice.net, invoice.tax, invoice.currency)


def _printed(paper: Snapshot) -> tuple[object, ...]:
    issued, due = date.fromisoformat(paper.issued_on), date.fromisoformat(paper.due_on)
    return (paper.kind, paper.number, issued, due, paper.net, paper.tax, paper.currency)


def _for_machines(paper: Snapshot) -> tuple[str | None, ...]:
    amounts = (str(to_decimal(amount, paper.currency)) for amount in (paper.net, paper.tax, paper.total))
    return (
        paper.number,
        paper.issued_on.replace("-", ""),
        *amounts,
        for_xml(paper.seller.name),
        for_xml(paper.buyer.name),
    )


def _machine_read(file: bytes) -> tuple[str | None, ...]:
    """The same from the XML inside the file."""
    from lxml import etree  # no page needs it

    root = etree.fromstring(embedded_xml(file))
    paths = (
        ".//{*}ExchangedDocument/ram:ID",
        ".//{*}ExchangedDocument/ram:IssueDateTime/{*}DateTimeString",
        ".//ram:TaxBasisTotalAmount",
        ".//ram:TaxTotalAmount",
        ".//ram:GrandTotalAmount",
        ".//ram:SellerTradeParty/ram:Name",
        ".//ram:BuyerTradeParty/ram:Name",
    )
    return tuple(root.findtext(path, namespaces=_RAM) for path in paths)


def _wrong_together(session: Session, last: dict[str, int]) -> Finding | None:
    for series, given in last_numbers(session, seller=COOPERATIVE).items():
        if last.get(series, 0) != given:
            end = f"{series}-{max(given, last.get(series, 0)):04d}"
            return Finding(end, gettext("it was the last of its series and is gone, or was never counted"))
    if (number := queries.over_credited(session)) is not None:
        return Finding(number, gettext("more was taken off than it asked for"))
    if (lone := queries.invoiced_without_document(session)) is not None:
        shop, period = lone
        return Finding(f"{shop} {period}", gettext("the statement is invoiced, and no document of its amount exists"))
    return None
