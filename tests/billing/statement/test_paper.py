"""The PDF: the same figures, the same bytes, and nothing that people type becomes markup."""

from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy.orm import Session

from billing.statement import queries, services
from billing.statement.models import Statement
from billing.statement.paper import statement_pdf
from coopcircuits.i18n import speaking
from tests.support.billing import COOPERATIVE, OCTOBER, Till, close, in_month, statement

HOSTILE = '#panic("x") $ * _ ` \\ <b> #sys.inputs [ ] // @a "quoted"'


@pytest.fixture
def found(app: Flask, session: Session) -> Statement:
    till = Till(session, name=f"Ferme {HOSTILE}")
    for number in range(60):
        till.sell(in_month(OCTOBER, 1 + number % 28), 7_100 + number, reference=f"ORDER{number:02d}")
    close(session)
    made = statement(session, till.shop)
    services.adjust(
        session, actor=COOPERATIVE, statement_id=made.id, seen_version=0, amount=-100, reason=f"Raison {HOSTILE}"
    )
    session.refresh(made, ["adjustments"])
    return made


def text_of(document: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(document)).pages).split())


def test_it_says_what_the_page_says(app: Flask, session: Session, found: Statement) -> None:
    with app.app_context():
        lines = queries.lines_of(session, found)
        document = statement_pdf(found, lines)
        text = text_of(document)
        assert HOSTILE.replace("\\", "") in text.replace("\\", "")
        assert "Octobre 2026" in text
        assert all(line.reference in text for line in lines)
        assert document == statement_pdf(found, lines)
        with speaking("en"):
            english = text_of(statement_pdf(found, lines))
    assert "October 2026" in english
    assert "This statement is not an invoice" in english


def test_it_is_tagged_and_archivable(app: Flask, session: Session, found: Statement) -> None:
    with app.app_context():
        reader = PdfReader(BytesIO(statement_pdf(found, queries.lines_of(session, found))))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr"
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
