"""Fees in a browser."""

from flask import Flask

from shops.fee.models import Calculator
from shops.fee.queries import fees_of
from tests.support.shops import Manager

NEW = {"name": "Préparation", "kind": "packing", "calculator": "percent-per-item", "amount": "7,5 %"}


def fees(manager: Manager) -> list[tuple[str, Calculator, int]]:
    with manager.database.reading() as session:
        return [(fee.name, fee.calculator, fee.value) for fee in fees_of(session, manager.shop.id)]


def test_a_fee_is_set_changed_and_stopped(app: Flask) -> None:
    manager, stranger = Manager(app), Manager(app)
    assert "Pas de frais" in manager.get("/fees")
    manager.post("/fees/new", NEW)
    assert fees(manager) == [("Préparation", Calculator.PERCENT_PER_ITEM, 750)]
    assert "7,5\u202f% du prix" in manager.get("/fees")
    with manager.database.reading() as session:
        fee_id = fees_of(session, manager.shop.id)[0].id
    assert 'value="7,5"' in manager.get(f"/fees/{fee_id}")
    stranger.get(f"/fees/{fee_id}", status=404)
    stranger.post(f"/fees/{fee_id}", NEW, status=404)
    stranger.post(f"/fees/{fee_id}/delete", status=404)
    manager.post(f"/fees/{fee_id}", {**NEW, "calculator": "flat-per-item", "amount": "0,20"})
    assert fees(manager) == [("Préparation", Calculator.FLAT_PER_ITEM, 20)]
    manager.post(f"/fees/{fee_id}/delete")
    assert fees(manager) == []


def test_a_fee_that_makes_no_sense_is_refused(app: Flask) -> None:
    manager = Manager(app)
    for wrong in (
        {"amount": "101"},
        {"amount": "-1"},
        {"amount": "abc"},
        {"amount": "1,255"},
        {"amount": "1e9"},
        {"calculator": "flat-per-item", "amount": "99999999"},
        {"kind": "magic"},
        {"calculator": "guess"},
        {"name": "x" * 81},
    ):
        assert "error-summary" in manager.post("/fees/new", {**NEW, **wrong}, status=422)
    assert fees(manager) == []
