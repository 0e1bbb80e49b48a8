"""The file a shop keeps: PDF/A-3 with its XML, tagged, and readable in ten seconds."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest
from pypdf import PdfReader

from billing.invoice.electronic import xml_of
from billing.invoice.paper import document
from billing.invoice.snapshot import Snapshot
from coopcircuits.document.facturx import embedded_xml
from tests.support.invoices import credit_on, make_paper

NOW = datetime(2026, 11, 4, 9, tzinfo=UTC)


def buyer_in_xml(file: bytes) -> str:
    return re.findall(r"<ram:BuyerTradeParty>.*?<ram:Name>(.*?)<", embedded_xml(file).decode(), re.DOTALL)[0]


def words(paper: Snapshot) -> str:
    """The text of the document, spaces made plain."""
    reader = PdfReader(BytesIO(document(paper, created=NOW)))
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))


def test_a_farmer_finds_who_what_how_much_and_how_to_pay() -> None:
    said = words(make_paper())
    for part in (
        "Facture",
        "F2026-0001",
        "du 04/11/2026",
        "Les Circuits du Val",
        "SCIC SARL à capital variable, capital de 12 500,00 €",
        "SIRET 732 829 320 00074",
        "RCS Romans 732 829 320",
        "N° TVA FR44732829320",
        "La Ferme des Sources",
        "SIRET 443 061 841 00047",
        "Votre contribution, octobre 2026",
        "2 850,00 €",
        "1 %",
        "28,50 €",
        "TVA 20 %",
        "5,70 €",
        "À payer au plus tard le 04/12/2026",
        "34,20 €",
        "FR14 2004 1010 0505 0001 3M02 606",
        "prestation de services",
        "trois fois l’intérêt légal",
        "recouvrement de 40 €",
        "Pas d’escompte",
    ):
        assert part in said, part


def test_the_file_is_an_archive_with_the_invoice_for_machines_inside() -> None:
    paper = make_paper()
    file = document(paper, created=NOW)
    with pikepdf.open(BytesIO(file)) as pdf:
        assert list(pdf.attachments) == ["factur-x.xml"]
        [attached] = pdf.Root.AF
        assert attached.AFRelationship == "/Alternative"
        assert attached.EF.F.Subtype == "/text/xml"
        [intent] = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert "/DestOutputProfile" in intent
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang).startswith("fr")
        assert not pdf.is_encrypted
        with pdf.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "3"
            assert metadata["pdfaid:conformance"] == "B"
            assert metadata["{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}ConformanceLevel"] == "EN 16931"
            assert metadata["dc:title"] == "Facture F2026-0001"
        for page in pdf.pages:
            for font in page.Resources.Font.values():
                [inner] = font.get("/DescendantFonts", [font])
                assert any(key in inner.FontDescriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
    assert embedded_xml(file) == xml_of(paper)


def test_a_credit_note_says_what_it_corrects_and_why_and_asks_for_nothing() -> None:
    paper = make_paper()
    said = words(replace(paper, **credit_on(paper, net=1_000, tax=200)))
    for part in ("Avoir", "A2026-0001", "Avoir sur F2026-0001", "Compté deux fois", "à déduire", "12,00 €"):
        assert part in said, part
    assert "À payer" not in said
    assert "IBAN" not in said


def test_the_rate_of_vat_is_printed_though_no_cent_of_tax_comes_out() -> None:
    assert "TVA 20 % 0,00 €" in words(make_paper(net=2, tax=0))


def test_a_gift_is_thanked_for_and_says_that_it_is_no_invoice() -> None:
    gift = {"gift": "Contribution libre, versée sans contrepartie. Ceci n’est pas une facture."}
    paper = make_paper(kind="gift", number="D2026-0001", is_gift=True, net=1_500, tax=0, rate_bp=0, mentions=gift)
    said = words(paper)
    for part in ("Avis de contribution", "Merci de la verser avant", "15,00 €", "n’est pas une facture"):
        assert part in said, part
    assert "TVA 0" not in said
    assert embedded_xml_or_nothing(document(paper, created=NOW)) == b""


def embedded_xml_or_nothing(file: bytes) -> bytes:
    with pikepdf.open(BytesIO(file)) as pdf:
        return b"something" if len(pdf.attachments) else b""


def test_an_english_shop_reads_english_around_the_sentences_of_french_law() -> None:
    said = words(make_paper(language="en"))
    for part in ("Invoice", "Your contribution for October 2026", "To pay by", "1%", "Pas d’escompte"):
        assert part in said, part


@pytest.mark.parametrize("name", ["#set page(fill: red)", "Fröhlich & Söhne <Bio>", "A" * 120, "Ferme « Œ » \\ $x$"])
def test_what_people_typed_is_printed_as_it_is(name: str) -> None:
    paper = make_paper()
    said = words(replace(paper, buyer=replace(paper.buyer, name=name)))
    assert name.replace(" ", "") in said.replace(" ", "")


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("🍏 Verger", "□ Verger"),
        ("日本農園", "□□□□"),
        ("La ไร่ \ue000", "La □□□ □"),
        ("Сады Ελιά", "Сады Ελιά"),
    ],
)
def test_a_letter_that_no_font_draws_is_a_square_on_paper_and_itself_for_machines(name: str, printed: str) -> None:
    paper = make_paper()
    paper = replace(paper, buyer=replace(paper.buyer, name=name), seller=replace(paper.seller, name="Circuits 🍏"))
    assert printed.replace(" ", "") in words(paper).replace(" ", "")
    assert buyer_in_xml(document(paper, created=NOW)) == name


def test_what_xml_forbids_is_left_out_for_machines() -> None:
    paper = make_paper()
    paper = replace(paper, buyer=replace(paper.buyer, name="La\x07 Ferme\ufffe 🍏"))
    assert buyer_in_xml(document(paper, created=NOW)) == "La Ferme 🍏"
