"""A bank file is read once, whoever sends it and however often."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.bank_import import queries, services
from billing.bank_import.camt import UnreadableBankFile
from billing.bank_import.errors import FileImported, LinePlaced
from billing.bank_import.matching import Why
from billing.bank_import.models import BankFile, BankLine, BankLineState
from billing.collection import queries as collection
from billing.collection.models import Receipt
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from tests.support.bank import SHOP_IBAN, line, open_account, statement
from tests.support.collection import make_invoice
from tests.support.crowd import at_once
from tests.support.shops import make_enterprise


def _import(session: Session, content: bytes) -> BankFile:
    kept = services.keep_upload(session, actor=SYSTEM, file_name="releve.xml", content=content)
    return services.confirm(session, actor=SYSTEM, file_id=kept.id)


def test_what_is_recognised_is_recorded_and_the_rest_waits(session: Session) -> None:
    open_account(session)
    shop = make_enterprise(session)
    invoice = make_invoice(session, shop)
    content = statement(line("34.20", f"facture {invoice.number}"), line("12.00", "don"), line("-7.00", "frais"))
    whys = [each.why for each in services.preview(session, content=content)]
    assert whys == [Why.REFERENCE, Why.NOTHING, Why.OUTGOING]
    kept = _import(session, content)
    states = [each.state for each in queries.lines_of(session, kept.id)]
    assert states == [BankLineState.RECORDED, BankLineState.WAITING, BankLineState.SET_ASIDE]
    assert collection.open_amount(session, invoice.id) == 0


def test_the_same_file_is_refused_and_the_same_line_is_left_out(session: Session) -> None:
    open_account(session)
    invoice = make_invoice(session, make_enterprise(session))
    paid = line("34.20", invoice.number)
    content = statement(paid)
    _import(session, content)
    with pytest.raises(FileImported):
        services.keep_upload(session, actor=SYSTEM, file_name="encore.xml", content=content)
    longer = statement(line("1.00", "autre"), paid)
    assert [each.why for each in services.preview(session, content=longer)] == [Why.NOTHING, Why.KNOWN]
    _import(session, longer)
    assert session.scalar(select(func.count()).select_from(Receipt)) == 1
    assert session.scalar(select(func.count()).select_from(BankLine)) == 2


def test_an_unconfirmed_file_may_be_sent_again(session: Session) -> None:
    open_account(session)
    content = statement(line())
    first = services.keep_upload(session, actor=SYSTEM, file_name="a.xml", content=content)
    assert services.keep_upload(session, actor=SYSTEM, file_name="b.xml", content=content).id == first.id


def test_the_file_of_another_account_is_refused(session: Session) -> None:
    open_account(session)
    with pytest.raises(UnreadableBankFile):
        services.keep_upload(
            session, actor=SYSTEM, file_name="a.xml", content=statement(line(), account="FR7612345678901234567890123")
        )


def test_a_waiting_line_is_placed_once_and_its_account_is_remembered(session: Session) -> None:
    open_account(session)
    shop = make_enterprise(session)
    first, second = make_invoice(session, shop), make_invoice(session, shop, 5000)
    kept = _import(session, statement(line("34.00", "bonjour", iban=SHOP_IBAN)))
    (waiting,) = queries.lines_of(session, kept.id)
    services.place(session, actor=SYSTEM, line_id=waiting.id, enterprise_id=shop.id, invoice_id=first.id)
    assert collection.open_amount(session, first.id) == 20
    with pytest.raises(LinePlaced):
        services.set_aside(session, actor=SYSTEM, line_id=waiting.id)
    found = services.preview(session, content=statement(line("50.00", "", iban=SHOP_IBAN)))
    assert [(each.why, each.invoice_id) for each in found] == [(Why.ACCOUNT, second.id)]


def test_what_was_set_aside_can_be_taken_up(session: Session) -> None:
    open_account(session)
    kept = _import(session, statement(line("3.00", "don")))
    (waiting,) = queries.lines_of(session, kept.id)
    services.set_aside(session, actor=SYSTEM, line_id=waiting.id)
    assert queries.waiting(session) == []
    services.take_up(session, actor=SYSTEM, line_id=waiting.id)
    assert len(queries.waiting(session)) == 1


def test_files_that_overlap_are_imported_at_the_same_moment(database: Database) -> None:
    with database.transaction() as session:
        open_account(session)
        invoices = [make_invoice(session, make_enterprise(session)) for _ in range(4)]
        lines = [line("34.20", each.number) for each in invoices]
        files = [statement(*lines), statement(*reversed(lines)), statement(*lines, line("2.00", "don"))]
        ids = [services.keep_upload(session, actor=SYSTEM, file_name="a.xml", content=content).id for content in files]

    def importing(file_id: int) -> object:
        return lambda session: services.confirm(session, actor=SYSTEM, file_id=file_id)

    ends = at_once(database, [importing(file_id) for file_id in ids * 3])  # type: ignore[misc]  # any callable
    assert ends == {"done": 9}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Receipt)) == 4
        assert session.scalar(select(func.count()).select_from(BankLine)) == 5
        assert [collection.open_amount(session, each.id) for each in invoices] == [0, 0, 0, 0]


def test_a_file_that_stops_midway_leaves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.transaction() as session:
        open_account(session)
        invoices = [make_invoice(session, make_enterprise(session)) for _ in range(2)]
        content = statement(*(line("34.20", each.number) for each in invoices))
        kept = services.keep_upload(session, actor=SYSTEM, file_name="a.xml", content=content)
    real, calls = services._record, []

    def stop_at_the_second(*given: object) -> None:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*given)  # type: ignore[arg-type]  # as it was called

    def importing() -> None:
        with database.transaction() as session:
            services.confirm(session, actor=SYSTEM, file_id=kept.id)

    with monkeypatch.context() as broken:
        broken.setattr(services, "_record", stop_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            importing()
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Receipt)) == 0
        assert session.scalar(select(func.count()).select_from(BankLine)) == 0
        services.confirm(session, actor=SYSTEM, file_id=kept.id)
        assert session.scalar(select(func.count()).select_from(Receipt)) == 2
