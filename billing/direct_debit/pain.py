"""The file that asks the bank to collect: ISO 20022 pain.008.001.08, checked by its schema before anybody sees it."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

SCHEMA = "pain.008.001.08"


@dataclass(frozen=True)
class Creditor:
    """Who collects."""

    name: str
    iban: str
    bic: str
    creditor_id: str


@dataclass(frozen=True)
class Collection:
    """One debit. ``amount`` in cents of euros: SEPA knows no other currency."""

    end_to_end: str
    amount: int
    holder: str
    iban: str
    mandate: str
    signed_on: date
    text: str


def write(
    *, reference: str, day: date, created_at: datetime, creditor: Creditor, collections: Sequence[Collection]
) -> bytes:
    """The bytes for the bank, the same whenever they are written; raises :class:`ValueError` if the schema refuses."""
    from lxml import etree  # with the next, half a second: only whoever writes a file pays for it
    from sepaxml import SepaDD, validation

    sepa = SepaDD(
        {
            "name": sepa_text(creditor.name, 70),
            "IBAN": creditor.iban,
            **({"BIC": creditor.bic} if creditor.bic else {}),
            "batch": True,
            "creditor_id": creditor.creditor_id,
            "currency": "EUR",
            "instrument": "CORE",
        },
        schema=SCHEMA,
        clean=False,
    )
    for each in collections:
        sepa.add_payment(
            {
                "name": sepa_text(each.holder, 70),
                "IBAN": each.iban,
                "amount": each.amount,
                # Since 2016 a first collection may be sent as a recurrent one, so that one batch holds them all.
                "type": "RCUR",
                "collection_date": day,
                "mandate_id": each.mandate,
                "mandate_date": each.signed_on,
                "description": sepa_text(each.text, 140),
                "endtoend_id": each.end_to_end,
            }
        )
    root = etree.fromstring(sepa.export(validate=False))
    for path, said in (
        ("GrpHdr/MsgId", reference),
        ("GrpHdr/CreDtTm", f"{created_at:%Y-%m-%dT%H:%M:%S}"),
        ("PmtInf/PmtInfId", reference),
    ):
        found = root.find("*/" + "/".join(f"{{*}}{step}" for step in path.split("/")))
        if found is None:
            raise ValueError(f"the file has no {path}")
        found.text = said
    schema = etree.XMLSchema(etree.parse(Path(validation.__file__).parent / "schemas" / f"{SCHEMA}.xsd"))
    if not schema.validate(root):
        raise ValueError(str(schema.error_log.last_error))
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def sepa_text(text: str, most: int) -> str:
    """``text`` in the letters that every bank takes (EPC217-08): accents off, the rest a space."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "Oe")) if c.isascii())
    kept = "".join(c if c.isalnum() or c in "/-?:().,'+ " else " " for c in bare.replace("’", "'"))
    return " ".join(kept.split())[:most].strip() or "-"
