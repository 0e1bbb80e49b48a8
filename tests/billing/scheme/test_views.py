"""A shop's contribution page, and the rule for everybody."""

import re

import pytest
from flask.testing import FlaskClient

from billing.scheme import queries
from billing.scheme.models import VatTreatment
from coopcircuits import clock
from coopcircuits.db import Database
from shops.enterprise import services as enterprises
from shops.enterprise.models import StaffRole
from shops.enterprise.queries import by_permalink
from tests.support.billing import COOPERATIVE, OCTOBER, Till, close, in_month
from tests.support.collection import make_invoice
from tests.support.people import form_token, make_user, sign_in

NOVEMBER = OCTOBER.plus(1)


@pytest.fixture
def shop(client: FlaskClient, database: Database) -> str:
    """Permalink of a shop whose owner is signed in; it sold in October, which is closed."""
    with database.transaction() as session:
        owner = make_user(session)
        till = Till(session, owner_id=owner.id, name="La ferme des Sources")
        till.sell(in_month(OCTOBER), 105_500)
        close(session)
        till.sell(in_month(NOVEMBER), 52_750)
    sign_in(client, database, owner)
    return till.shop.permalink


def test_the_month_so_far_and_the_months_before(client: FlaskClient, shop: str) -> None:
    with clock.travel(in_month(NOVEMBER, 15)):
        text = client.get(f"/manage/{shop}/contribution").get_data(as_text=True)
    assert "En novembre 2026\u202f: 1 commande en ligne, 500,00\xa0€ hors taxes." in text
    assert text.count("Sold online so far") == 0, "said in French"
    for line in ("1\u202f% de 500,00\xa0€", "5,00\xa0€", "TVA 20\u202f%", "1,00\xa0€", "6,00\xa0€"):
        assert line in text
    assert f"/manage/{shop}/contribution/2026-10.pdf" in text
    assert "checked" not in text, "no scheme is ticked beforehand"
    paper = client.get(f"/manage/{shop}/contribution/2026-10.pdf")
    assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")
    assert f'filename="contribution-{shop}-2026-10.pdf"' in paper.headers["Content-Disposition"]


def test_what_matters_most_comes_first_and_the_arithmetic_is_folded(
    client: FlaskClient, database: Database, shop: str
) -> None:
    with database.transaction() as session:
        till = Till(session, by_permalink(session, shop))
        for month in (NOVEMBER, NOVEMBER.plus(1)):
            till.sell(in_month(month), 10_550)
            close(session, month)
        make_invoice(session, till.shop)
    with clock.travel(in_month(NOVEMBER.plus(2), 15)):
        text = client.get(f"/manage/{shop}/contribution").get_data(as_text=True)
    headings = ("Vos règlements", "Ce mois-ci selon chaque formule", "Vos relevés", "Vos factures")
    places = [text.index(f">{heading}</h2>") for heading in headings]
    assert places == sorted(places)
    folded = re.findall(r"<details.*?</details>", text, re.DOTALL)
    assert [each for each in folded if " open" in each[:60]] == [], "nothing is unfolded beforehand"
    shown = re.sub(r"<details.*?</details>", "", text, flags=re.DOTALL)
    for month, is_shown in (("2026-12", True), ("2026-11", True), ("2026-10", False)):
        assert (f"contribution/{month}.pdf" in shown) == is_shown
        assert f"contribution/{month}.pdf" in text
    assert "2 relevés plus anciens" in text
    short = shown[shown.index(headings[1]) :]
    for scheme in ("Part des ventes en ligne", "Montant au choix de la boutique", "Part de la marge"):
        assert scheme in short, "each scheme says what it comes to, none is folded away"


def test_a_shop_chooses_zero(client: FlaskClient, database: Database, shop: str) -> None:
    path = f"/manage/{shop}/contribution"
    with clock.travel(in_month(NOVEMBER, 15)):
        data = {"csrf_token": form_token(client), "kind": "voluntary"}
        silent = client.post(path, data=data)
        assert silent.status_code == 422
        answer = client.post(path, data={**data, "amount": "0"}, follow_redirects=True)
    assert "Votre choix prend effet en décembre 2026" in answer.get_data(as_text=True)
    with database.reading() as session:
        found = queries.departures(session, NOVEMBER.plus(1))
        assert [(choice.enterprise.permalink, choice.amount) for choice in found] == [(shop, 0)]
        assert queries.departures(session, NOVEMBER) == []


def test_a_shop_cannot_exempt_itself(client: FlaskClient, database: Database, shop: str) -> None:
    data = {"csrf_token": form_token(client), "kind": "exempt", "reason": "Parce que"}
    with clock.travel(in_month(NOVEMBER, 15)):
        assert client.post(f"/manage/{shop}/contribution", data=data).status_code == 422
    with database.reading() as session:
        assert queries.departures(session, NOVEMBER.plus(1)) == []


def test_another_shops_statement_does_not_exist(client: FlaskClient, database: Database, shop: str) -> None:
    with database.transaction() as session:
        stranger = make_user(session, email="stranger@example.org")
        other = Till(session, owner_id=stranger.id)
    with clock.travel(in_month(NOVEMBER, 15)):
        sign_in(client, database, stranger)
        for path in ("contribution", "contribution/2026-10", "contribution/2026-10.pdf"):
            assert client.get(f"/manage/{shop}/{path}").status_code == 404
        # in one's own shop another's month is one's own, and empty
        assert client.get(f"/manage/{other.shop.permalink}/contribution/2026-10").status_code == 404


@pytest.mark.parametrize(
    ("role", "sees", "chooses"), [("packing", 403, 403), ("read-only", 200, 403), ("accounts", 200, 302)]
)
def test_what_each_role_may_do(
    client: FlaskClient, database: Database, shop: str, role: str, sees: int, chooses: int
) -> None:
    with database.transaction() as session:
        person = make_user(session, email="person@example.org")
        enterprise = by_permalink(session, shop)
        enterprises.add_staff(
            session, enterprise_id=enterprise.id, user_id=person.id, role=StaffRole(role), actor=COOPERATIVE
        )
    sign_in(client, database, person)
    data = {"csrf_token": form_token(client), "kind": "voluntary", "amount": "12,50"}
    with clock.travel(in_month(NOVEMBER, 15)):
        assert client.get(f"/manage/{shop}/contribution").status_code == sees
        assert client.post(f"/manage/{shop}/contribution", data=data).status_code == chooses
    with database.reading() as session:
        assert len(queries.departures(session, NOVEMBER.plus(1))) == (chooses == 302)


def test_the_rule_is_public_and_exact(client: FlaskClient) -> None:
    text = client.get("/contribution/how").get_data(as_text=True)
    assert "2\u202f850,00\xa0€" in text
    assert "octobre 2026\u202f: 50,00\xa0€<br>novembre 2026\u202f: -50,00\xa0€" in text
    assert "octobre 2026\u202f: 40,00\xa0€" in text, "with a voucher of the shop"
    assert "28,50\xa0€, plus 5,70\xa0€ de TVA à 20\u202f%. La boutique donne 34,20\xa0€." in text


def test_the_cooperative_exempts_a_shop(client: FlaskClient, database: Database, shop: str) -> None:
    with database.transaction() as session:
        user = make_user(session, email="coop@example.org", is_cooperative=True)
    sign_in(client, database, user)
    data = {"csrf_token": form_token(client), "kind": "exempt", "reason": "Incendie"}
    with clock.travel(in_month(NOVEMBER, 15)):
        answer = client.post(f"/cooperative/schemes/{shop}", data=data, follow_redirects=True)
    assert "Exonérée\u202f: Incendie" in answer.get_data(as_text=True)


TERMS = {
    **{"rate_bp": "1,5", "margin_rate_bp": "10", "starter_rate_bp": "0,5", "tax_rate_bp": "20", "cap": "0"},
    **{"starter_months": "12", "starter_turnover": "0", "minimum": "7", "question_days": "30"},
    **{"computed_vat": "taxable", "voluntary_vat": "gift"},
}


def test_the_cooperative_sees_what_new_terms_change_and_decides(
    client: FlaskClient, database: Database, shop: str
) -> None:
    with database.transaction() as session:
        user = make_user(session, email="coop@example.org", is_cooperative=True)
    sign_in(client, database, user)
    token = {"csrf_token": form_token(client)}
    with clock.travel(in_month(NOVEMBER)):
        for wrong in ({"rate_bp": "vingt"}, {"cap": "5"}, {"voluntary_vat": ""}):
            assert client.post("/cooperative/schemes", data={**token, **TERMS, **wrong}).status_code == 422
        preview = client.post("/cooperative/schemes", data={**token, **TERMS}).get_data(as_text=True)
        assert "La ferme des Sources" in preview
        assert "10,00\xa0€" in preview, "one per cent, as it was"
        assert "15,00\xa0€" in preview, "one and a half, as it would have been"
        found = re.search(r'name="seen" value="([^"]+)"', preview)
        assert found
        changed = {**token, **TERMS, "rate_bp": "2", "seen": found[1]}
        assert "20,00\xa0€" in client.post("/cooperative/schemes", data=changed).get_data(as_text=True)
        with database.reading() as session:
            assert len(queries.all_terms(session)) == 1, "what was not seen is not decided"
        assert client.post("/cooperative/schemes", data={**token, **TERMS, "seen": found[1]}).status_code == 302
    with database.reading() as session:
        assert queries.terms_for(session, NOVEMBER).rate_bp == 100
        terms = queries.terms_for(session, NOVEMBER.plus(1))
        assert (terms.rate_bp, terms.minimum, terms.voluntary_vat) == (150, 700, VatTreatment.GIFT)


def test_terms_can_be_decided_before_the_first_month_is_closed(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        user = make_user(session, email="coop@example.org", is_cooperative=True)
    sign_in(client, database, user)
    data = {"csrf_token": form_token(client), **TERMS}
    with clock.travel(in_month(OCTOBER)):
        page = client.post("/cooperative/schemes", data=data).get_data(as_text=True)
        assert "Aucun mois n’est encore clôturé" in page
        found = re.search(r'name="seen" value="([^"]+)"', page)
        assert found
        assert client.post("/cooperative/schemes", data={**data, "seen": found[1]}).status_code == 302
