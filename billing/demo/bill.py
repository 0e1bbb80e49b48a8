"""The bills behind the demonstration's costs."""

from pathlib import Path

from coopcircuits import clock
from coopcircuits.document.pdf import typeset
from coopcircuits.files import FileKind, SentFile
from coopcircuits.references import permalink
from coopcircuits.templating import money_text
from shops.demo.content import Told


def bill_of(words: dict[str, str], told: Told, label: str) -> SentFile:
    """The supplier's bill of a cost, on paper."""
    net, tax = told["amount"], told.get("tax", 0)
    data = {
        "title": words["title"].format(reference=told["reference"]),
        "supplier": told["supplier"],
        "label": label,
        "lines": [
            (words[name], money_text(amount, "EUR"))
            for name, amount in (("net", net), ("tax", tax), ("total", net + tax))
        ],
        "note": words["note"],
    }
    content = typeset(Path(__file__).with_name("bill.typ"), data, created=clock.now())
    return SentFile(f"{permalink(told['supplier'])}-{told['reference']}.pdf", FileKind.PDF, content)
