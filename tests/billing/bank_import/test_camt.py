"""Bank files are read as they are, and refused when they are odd."""

from datetime import date

import pytest

from billing.bank_import.camt import UnreadableBankFile, parse
from tests.support.bank import IBAN, SHOP_IBAN, V2, line, statement


def test_a_movement_says_who_paid_what_and_why() -> None:
    read = parse(statement(line("34.20", "Facture F2026-0001", name="GAEC du Val", iban=SHOP_IBAN, reference="B1")))
    (found,) = read.movements
    assert read.accounts == (IBAN,)
    assert (found.amount, found.currency, found.booked_on) == (3420, "EUR", date(2026, 11, 18))
    assert (found.name, found.iban, found.text) == ("GAEC du Val", SHOP_IBAN, "Facture F2026-0001")
    assert (found.bank_reference, found.end_to_end) == ("B1", "")


def test_money_that_left_is_negative_and_pending_lines_wait() -> None:
    read = parse(statement(line("-12.00", "Loyer"), line("5.00", status="PDNG")))
    assert [each.amount for each in read.movements] == [-1200]
    assert read.pending == 1


def test_the_older_version_reads_alike() -> None:
    content = statement(line("1.5"), namespace=V2).replace(b"<Sts><Cd>BOOK</Cd></Sts>", b"<Sts>BOOK</Sts>")
    content = content.replace(b"<Pty>", b"").replace(b"</Pty>", b"")
    assert [(each.amount, each.name) for each in parse(content).movements] == [(150, "Ferme")]


def test_a_batch_is_split_where_the_bank_prices_its_parts() -> None:
    part = (
        "<TxDtls><Refs><EndToEndId>{0}</EndToEndId></Refs><Amt Ccy='EUR'>{1}</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls>"
    )
    entry = line("30.00")
    start, end = entry.index("<TxDtls>"), entry.index("</NtryDtls>")
    priced = entry[:start] + part.format("A", "10.00") + part.format("B", "20.00") + entry[end:]
    assert [(each.end_to_end, each.amount) for each in parse(statement(priced)).movements] == [("A", 1000), ("B", 2000)]
    wrong = entry[:start] + part.format("A", "10.00") + part.format("B", "19.00") + entry[end:]
    assert [each.amount for each in parse(statement(wrong)).movements] == [3000]


def test_a_movement_has_the_same_key_in_another_file_and_twins_have_two() -> None:
    twin = line("10.00", "don", reference="R")
    first = parse(statement(twin, twin)).movements
    again = parse(statement(line("7.00", reference="Q"), twin, twin)).movements
    assert first[0].key != first[1].key
    assert {each.key for each in first} <= {each.key for each in again}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"pas du XML",
        b"<Document/>",
        b"\x00\xff\xfe",
        statement(line("x")),
        statement(line("1e9")),
        statement(line("10.001")),
        statement(line()).replace(b"CRDT", b"???"),
        statement(line()).replace(b"2026-11-18", b"hier"),
        statement(line())[:-40],
        b" " * (5 * 1024 * 1024 + 1),
    ],
    ids=["empty", "text", "other", "bytes", "no amount", "exponent", "third", "direction", "day", "cut", "large"],
)
def test_what_is_no_statement_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableBankFile):
        parse(content)


def test_entities_are_never_opened() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    thief = b'<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    for prologue in (bomb, thief):
        head, body = statement(line("1.00", "MARK")).split(b"\n", 1)
        content = head + prologue + body.replace(b"MARK", b"&b;" if prologue is bomb else b"&secret;")
        with pytest.raises(UnreadableBankFile):
            parse(content)
