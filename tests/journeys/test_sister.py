"""Two cooperatives share the software: one reads the other's signed month, and notices that a byte was changed."""

import json
from collections.abc import Iterator

import pytest

from tests.journeys.conftest import NewVisitor
from tests.journeys.instance import Instance, free_port, start
from tests.journeys.line import Line
from tests.journeys.steps import set_up, somebody
from tests.journeys.visitor import Visitor

MONTH = "2026-10"


@pytest.fixture(scope="module")
def sister(line: Line, instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A second cooperative on its own database, still empty."""
    started = start(tmp_path_factory.mktemp("sister") / "var", free_port(), "--empty", peers=line.host)
    yield started
    started.stop()


def publish(visitor: Visitor) -> None:
    """Read the month's report and sign it, unless that was done."""
    visitor.open(f"/cooperative/commons/{MONTH}")
    if visitor.page.locator("main [name=read]").count():
        visitor.fill(read=True)
        visitor.press()
    assert "Publié" in visitor.text()


def fingerprint(visitor: Visitor) -> str:
    """The six groups that the page shows."""
    groups = visitor.page.locator("main .figure-value").first.inner_text().split()
    assert len(groups) == 6
    return " ".join(groups)


def look_up(visitor: Visitor, host: str) -> str:
    """Type an address into the form and send it; what the page then says."""
    visitor.fill(host=host)
    visitor.press()
    return visitor.text()


def change_a_figure(path: str, body: bytes) -> bytes:
    """One more shop than was signed; everything else passes untouched."""
    if "/reports/" not in path:
        return body
    envelope = json.loads(body)
    active = f'"active":{envelope["payload"]["shops"]["active"]}'
    assert active.encode() in body
    return body.replace(active.encode(), f'"active":{envelope["payload"]["shops"]["active"] + 1}'.encode())


def test_a_sister_checks_our_month_and_shows_it_beside_hers(
    visitor: NewVisitor, instance: Instance, line: Line, sister: Instance
) -> None:
    ours, theirs = visitor(), visitor(url=sister.url)
    ours.log_in(instance.account("Cooperative"))
    publish(ours)
    ours.open("/cooperative/peers")
    read_aloud = fingerprint(ours)

    set_up(theirs, name="La Semilla", country="ES", person=somebody("Lucía Pérez"))
    publish(theirs)
    theirs.open("/cooperative/peers")
    assert "n'est pas un nom d'hôte" in look_up(theirs, "la coopérative d'en face")
    line.meddle = lambda _path, _body: b"<!doctype html><h1>Bienvenue</h1>"
    try:
        assert look_up(theirs, line.host)
        assert theirs.page.locator("main .error-summary").count()
    finally:
        line.meddle = None
    look_up(theirs, f"http://{line.host}/")
    assert fingerprint(theirs) == read_aloud

    theirs.press()
    assert "Comparez l'empreinte" in theirs.text()  # nothing else proves who answers
    theirs.fill(compared=True)
    line.meddle = change_a_figure
    try:
        theirs.press()
    finally:
        line.meddle = None
    assert "La signature ne correspond pas au document" in theirs.text()
    theirs.open("/commons")
    assert "1 sur 2" in theirs.text()

    theirs.open("/cooperative/peers")
    theirs.press("Circuits des Deux Rives")
    theirs.press("Interroger maintenant")
    assert "reçu et vérifié" in theirs.text() or "reçus et vérifiés" in theirs.text()
    theirs.open(f"/commons/{MONTH}")
    assert "2 sur 2" in theirs.text()
    published = 'main table:has-text("Commandes")'
    cards = theirs.page.locator(published).first.inner_text()
    assert "La Semilla" in cards
    assert "Circuits des Deux Rives" in cards
    ours.open(f"/commons/{MONTH}")
    row = ours.page.locator(f"{published} tr", has_text="Circuits des Deux Rives").first.inner_text()
    amounts = [text for text in row.split("\n") if "€" in text]
    assert amounts
    assert all(amount in cards for amount in amounts)
