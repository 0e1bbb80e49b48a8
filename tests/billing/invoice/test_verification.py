"""Whatever is changed afterwards is found and named, without a network."""

import hashlib
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from billing.invoice import queries, services, verification
from billing.invoice.models import Invoice
from billing.invoice.sealing import digest, seal_of
from billing.statement.models import Statement
from coopcircuits import clock
from coopcircuits.db import Database
from coopcircuits.document.models import Counter
from tests.support.billing import COOPERATIVE, OCTOBER, Till, close, in_month
from tests.support.invoices import NOVEMBER_4, approve, approved, complete_cooperative, complete_shop


@pytest.fixture
def books(database: Database) -> Database:
    """Three invoices of October and two credit notes on the first."""
    with database.transaction() as session:
        complete_cooperative(session)
        tills = [Till(session, name=f"Ferme {n}", email=f"ferme{n}@example.org") for n in range(3)]
        for till in tills:
            complete_shop(till.shop)
            till.sell(in_month(OCTOBER), 300_000)
        close(session)
        with clock.travel(NOVEMBER_4):
            issued = [
                services.issue_invoice(session, statement_id=approve(session, till.shop).id, actor=COOPERATIVE)
                for till in tills
            ]
            for _time in range(2):
                services.issue_credit_note(
                    session, invoice_id=issued[0].id, reason="Compté deux fois", net=500, actor=COOPERATIVE
                )
    return database


def wrong(session: Session) -> str:
    """The document found wrong, or nothing."""
    session.flush()
    session.expire_all()
    found = verification.verify(session).wrong
    return found.number if found else ""


def test_what_nobody_touched_is_found_right(books: Database) -> None:
    with books.reading() as session:
        assert verification.verify(session) == (5, None)


def test_a_thousand_tamperings_are_a_thousand_findings(books: Database, backend: str) -> None:
    """A random byte of a file, a changed figure, a row gone, two rows swapped, a counter set back: always found.

    Verifying is the same code on both databases, so PostgreSQL gets a tenth of them.
    """
    chance = random.Random(22)  # noqa: S311 - replayable choices
    missed = []
    with books.reading() as session:
        for attempt in range(1_000 if backend == "sqlite" else 100):
            said = _tamper(session, chance)
            if not wrong(session):
                missed.append(f"{attempt}: {said}")
            session.rollback()
        assert missed == []
        assert wrong(session) == ""


def _tamper(session: Session, chance: random.Random) -> str:
    invoices = session.scalars(select(Invoice).order_by(Invoice.id)).all()
    victim = chance.choice(invoices)
    change = chance.choice(["byte", "figure", "row", "swap", "counter", "snapshot", "credit"])
    if change == "byte":
        file, place = bytearray(victim.pdf), chance.randrange(len(victim.pdf))
        file[place] ^= 1 << chance.randrange(8)
        _set(session, victim, pdf=bytes(file))
    elif change == "figure":
        _set(session, victim, **chance.choice(_figures(victim)))
    elif change == "row":
        last = chance.choice([invoices[2], invoices[4]])
        session.execute(delete(Invoice).where(Invoice.id == chance.choice([last, last, invoices[3]]).id))
    elif change == "swap":
        one, other = chance.sample(invoices[:3], 2)
        files = (one.pdf, one.sha256), (other.pdf, other.sha256)
        _set(session, one, pdf=files[1][0], sha256=files[1][1])
        _set(session, other, pdf=files[0][0], sha256=files[0][1])
    elif change == "counter":
        step = chance.choice([-1, 1, 5])
        session.execute(update(Counter).where(Counter.series == victim.series).values(last=Counter.last + step))
    elif change == "snapshot":
        seller = {**victim.snapshot["seller"], "iban": "DE89370400440532013000"}
        _set(session, victim, snapshot={**victim.snapshot, "seller": seller})
    else:
        _set(session, invoices[3], corrects_id=invoices[1].id)
    return f"{change} {victim.number}"


def _figures(victim: Invoice) -> list[dict[str, Any]]:
    return [
        {"net": victim.net + 1, "total": victim.total + 1},
        {"due_on": date(2030, 1, 1)},
        {"reason": "Autre chose"},
        {"enterprise_id": victim.enterprise_id % 3 + 1},
        {"issued_by": "user:99"},
        {"sha256": "0" * 64},
        {"seal": "0" * 64},
    ]


def _set(session: Session, victim: Invoice, **values: Any) -> None:
    session.execute(
        update(Invoice).where(Invoice.id == victim.id).values(values).execution_options(synchronize_session=False)
    )


def test_a_forger_who_seals_again_is_betrayed_by_the_xml_and_by_the_document_after(books: Database) -> None:
    with books.transaction() as session:
        first, second = session.scalars(select(Invoice).order_by(Invoice.id).limit(2)).all()
        forged = {**first.snapshot, "net": 1, "tax": 0}
        first.snapshot, first.net, first.tax, first.total = forged, 1, 0, 1
        first.seal = seal_of(first, "")
        session.flush()
        found = verification.verify(session).wrong
        assert found is not None
        assert (found.number, "XML" in found.says) == ("F2026-0001", True)
        first.pdf = second.pdf
        first.sha256 = digest(first.pdf)
        first.seal = seal_of(first, "")
        assert wrong(session) == "F2026-0001"
        session.rollback()


def test_a_statement_said_to_be_invoiced_without_a_document_is_found(books: Database) -> None:
    with books.transaction() as session:
        other = approved(session, name="Ferme du mois suivant", email="suivant@example.org", month=OCTOBER.plus(1))
        session.execute(update(Statement).where(Statement.id == other.id).values(state="invoiced"))
        assert wrong(session) == "Ferme du mois suivant 2026-11"


def test_the_commands_issue_verify_and_export(app: Flask, books: Database, tmp_path: Path) -> None:
    run = app.test_cli_runner().invoke
    assert "5 documents checked" in run(args=["billing", "invoices", "verify"]).output
    with books.transaction() as session:
        approved(session, name="Ferme du mois suivant", email="suivant@example.org", month=OCTOBER.plus(1))
        lacking = Till(session, name="Ferme sans numéro", email="sans@example.org")
        lacking.sell(in_month(OCTOBER.plus(2)), 300_000)
        close(session, OCTOBER.plus(2))
        approve(session, lacking.shop, OCTOBER.plus(2))
    with clock.travel(NOVEMBER_4):
        done = run(args=["billing", "invoices", "issue", "2026-11", "--json"])
        again = run(args=["billing", "invoices", "issue", "2026-11"])
        refused = run(args=["billing", "invoices", "issue", "2026-12"])
    assert json.loads(done.output) == {
        "period": "2026-11",
        "issued": ["F2026-0004"],
        "refused": {},
        "total_minor": 3_413,
        "currency": "EUR",
    }
    assert "0 issued" in again.output
    assert (refused.exit_code, "SIRET number of the shop" in refused.output) == (1, True)
    assert run(args=["billing", "invoices", "issue", "octobre"]).exit_code == 1
    run(args=["billing", "invoices", "export", str(tmp_path / "out")])
    sums = dict(reversed(line.split("  ")) for line in (tmp_path / "out/SHA256SUMS").read_text().splitlines())
    assert sorted(sums) == [
        "A2026-0001.pdf",
        "A2026-0002.pdf",
        *(f"F2026-000{place}.pdf" for place in range(1, 5)),
    ]
    for name, said in sums.items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == said
    against = ["billing", "invoices", "verify", "--against", str(tmp_path / "out")]
    assert "6 documents checked" in run(args=against).output
    with books.transaction() as session:
        session.execute(update(Invoice).where(Invoice.number == "F2026-0002").values(total=1, net=1, tax=0))
    spoilt = run(args=["billing", "invoices", "verify", "--json"])
    assert spoilt.exit_code == 1
    assert json.loads(spoilt.output)["wrong"]["number"] == "F2026-0002"


def test_a_backup_put_back_is_betrayed_by_an_export_kept_elsewhere(books: Database) -> None:
    with books.transaction() as session:
        exported = {f"{number}.pdf": sha256 for number, sha256 in queries.digests(session).items()}
        last = session.scalars(select(Invoice).where(Invoice.number == "A2026-0002")).one()
        session.delete(last)
        session.execute(update(Counter).where(Counter.series == "A2026").values(last=1))
        assert wrong(session) == ""
        found = verification.verify_against(session, exported)
        assert found is not None
        assert found.number == "A2026-0002"
        session.rollback()
