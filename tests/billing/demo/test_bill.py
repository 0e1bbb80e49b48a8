"""A supplier's bill of the demonstration."""

from io import BytesIO

from pypdf import PdfReader
from werkzeug.datastructures import FileStorage

from billing.demo.bill import bill_of
from coopcircuits.files import sent_document

WORDS = {"title": "Facture {reference}", "note": "Démonstration.", "net": "HT", "tax": "TVA", "total": "Payé"}


def test_a_bill_is_a_document_that_the_register_takes() -> None:
    told = {"reference": "202610-01", "supplier": "Hébergerie du Vercors", "amount": 3_490, "tax": 698}
    bill = bill_of(WORDS, told, "Serveur, octobre")
    assert bill.name == "hebergerie-du-vercors-202610-01.pdf"
    assert sent_document(FileStorage(BytesIO(bill.content), filename=bill.name), field="receipt") == bill
    text = PdfReader(BytesIO(bill.content)).pages[0].extract_text()
    for words in ("Facture 202610-01", "Serveur, octobre", "41,88"):
        assert words in text
