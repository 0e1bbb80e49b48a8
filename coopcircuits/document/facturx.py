"""The half of an invoice that machines read: EN 16931 as Cross Industry Invoice, inside the PDF (Factur-X).

The library can also ask a server whether the business rules hold. It never may here: that call leaves the machine and
passes when nobody answers. Tests run the official rules themselves.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from coopcircuits.document.letters import for_xml, in_every_text


def invoice_xml(terms: Mapping[str, Any]) -> bytes:
    """An invoice as XML from the business terms of EN 16931 ("BT-1", "BG-25" …), checked against its schema.

    Letters that XML forbids are left out of what people typed.
    """
    from facturx import generate_cii_xml  # slow to load, and only invoices need it

    xml: bytes = generate_cii_xml(
        in_every_text(terms, for_xml), level="en16931", check_xsd=True, check_schematron=False
    )
    return xml


def embed(pdf: bytes, xml: bytes, *, title: str, author: str, subject: str, language: str) -> bytes:
    """A PDF/A-3 with the XML attached as ``factur-x.xml``; ``pdf`` must be PDF/A-3 already."""
    from facturx import generate_from_binary  # as above

    whole: bytes = generate_from_binary(
        pdf,
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,  # checked when it was written
        check_schematron=False,
        pdf_metadata=in_every_text(
            {"title": title, "author": author, "subject": subject, "keywords": "Factur-X"}, for_xml
        ),
        lang=language,
        afrelationship="alternative",  # the same invoice, said another way
    )
    return whole


def embedded_xml(pdf: bytes) -> bytes:
    """The XML inside a Factur-X, or nothing."""
    from facturx import get_xml_from_pdf  # as above

    _name, xml = get_xml_from_pdf(BytesIO(pdf), check_xsd=False, check_schematron=False)
    return bytes(xml or b"")
