"""A manager plans, changes and repeats a sale on one page."""

import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coopcircuits import clock
from coopcircuits.auth.models import User
from coopcircuits.db import Database
from orders.offer.queries import on_sale
from orders.order_cycle.models import OrderCycle
from orders.order_cycle.queries import cycle_of, with_figures
from shops.enterprise.models import Enterprise, StaffMember, StaffRole
from tests.support.people import form_token, make_user, sign_in
from tests.support.shops import make_product, make_shop, variant

BASE = "/manage/ferme-des-sources/cycles"
SATURDAY = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture
def farm(database: Database, client: FlaskClient) -> Enterprise:
    with database.transaction() as session:
        shop = make_shop(session, name="Ferme des Sources")
        make_product(session, shop, name="Tomates", variants=[variant(), variant(unit_value=500)])
        make_product(session, shop, name="Poireaux")
        owner_id = session.scalars(select(StaffMember.user_id).where(StaffMember.enterprise_id == shop.id)).one()
        owner = session.get_one(User, owner_id)
    sign_in(client, database, owner)
    return shop


def filled(client: FlaskClient, path: str, **typed: object) -> dict[str, object]:
    """The form of a page as a browser would send it, with some fields typed over."""
    text = client.get(path).get_data(as_text=True)
    fields: dict[str, object] = {"csrf_token": form_token(client)}
    for tag in re.findall(r"<input[^>]*>", text):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        name = re.search(r' name="([^"]+)"', tag)
        if name is None or name[1] == "csrf_token":
            continue
        if found.get("type") == "checkbox":
            if " checked" in tag:
                fields.setdefault(name[1], [])
                fields[name[1]].append(found["value"])  # type: ignore[attr-defined]  # a list, made above
        else:
            fields[name[1]] = found.get("value", "")
    return {**fields, **typed}


def cycles(database: Database, shop: Enterprise) -> list[OrderCycle]:
    with database.reading() as session:
        found = [row.cycle for row in with_figures(session, shop_id=shop.id)]
        return [cycle_of(session, shop_id=shop.id, reference=cycle.reference) for cycle in found]


def test_the_proposal_is_a_good_sale_as_it_stands(client: FlaskClient, database: Database, farm: Enterprise) -> None:
    with clock.travel(SATURDAY):
        response = client.post(f"{BASE}/new", data=filled(client, f"{BASE}/new"))
        assert response.status_code == 302
        [cycle] = cycles(database, farm)
    shown = [f"{clock.local(moment, farm.zone):%d/%m %H:%M}" for moment in (cycle.opens_at, cycle.closes_at)]
    assert shown == ["21/11 11:00", "26/11 20:00"]
    assert cycle.name == "Semaine du 26 novembre"
    assert [f"{clock.local(slot.starts_at, farm.zone):%a %d %H:%M} {slot.capacity}" for slot in cycle.slots] == [
        "Fri 27 17:00 20",
        "Sat 28 09:00 None",
    ]
    with database.reading() as session:
        assert len(on_sale(session, cycle_id=cycle.id)) == 3


def test_slots_follow_the_closing_that_was_typed(client: FlaskClient, database: Database, farm: Enterprise) -> None:
    with clock.travel(SATURDAY):
        client.post(f"{BASE}/new", data=filled(client, f"{BASE}/new", closes_on="2026-12-03"))
        [cycle] = cycles(database, farm)
    assert [f"{clock.local(slot.starts_at, farm.zone):%d/%m %H:%M}" for slot in cycle.slots] == [
        "04/12 17:00",
        "05/12 09:00",
    ]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"closes_on": "2026-11-20"}, "La vente doit fermer après avoir ouvert."),
        ({"closes_on": "2027-03-28", "closes_time": "02:30"}, "02:30 n’existe pas"),
        ({"opens_on": "hier"}, "Ouvre le"),
        ({"name": " "}, "Nom de la vente"),
        ({"variants": []}, "Choisissez au moins un produit."),
        ({"variants": ["999999"]}, "n’est plus disponible pour votre boutique"),
        ({"variants": ["abc", "-1"]}, "n’est plus disponible pour votre boutique"),
        ({"slots": []}, "Choisissez au moins un créneau de retrait."),
    ],
)
def test_mistakes_are_said_and_what_was_typed_stays(
    client: FlaskClient, database: Database, farm: Enterprise, typed: dict[str, object], words: str
) -> None:
    with clock.travel(SATURDAY):
        sent = filled(client, f"{BASE}/new", **{"name": "Vente d’automne", **typed})
        response = client.post(f"{BASE}/new", data=sent)
    text = response.get_data(as_text=True)
    assert response.status_code == 422
    assert words in text
    if "name" not in typed:
        assert "Vente d’automne" in text
    assert not cycles(database, farm)


def test_a_capacity_that_is_no_number_is_said(client: FlaskClient, database: Database, farm: Enterprise) -> None:
    sent = filled(client, f"{BASE}/new")
    slot = next(name for name in sent if name.startswith("capacity-"))
    for typed in ("beaucoup", "0", "-3"):
        response = client.post(f"{BASE}/new", data={**sent, slot: typed})
        assert response.status_code == 422
        assert f'value="{typed}"' in response.get_data(as_text=True)
    assert not cycles(database, farm)


def test_a_sale_is_changed_and_repeated_in_one_press(client: FlaskClient, database: Database, farm: Enterprise) -> None:
    with clock.travel(SATURDAY):
        client.post(f"{BASE}/new", data=filled(client, f"{BASE}/new"))
        [cycle] = cycles(database, farm)
        path = f"{BASE}/{cycle.reference}"
        sent = filled(client, path, name="Vente de Noël")
        assert isinstance(sent["variants"], list)
        sent["variants"] = sent["variants"][:1]
        assert client.post(path, data=sent).status_code == 302
        listed = client.get(BASE).get_data(as_text=True)
        assert "Vente de Noël" in listed
        assert "Ouvrir la vente de la semaine prochaine" in listed
        answer = client.post(f"{path}/repeat", data={"csrf_token": form_token(client)})
        again = next(found for found in cycles(database, farm) if found.id != cycle.id)
        assert answer.location == f"{BASE}/{again.reference}"
        assert again.name == "Semaine du 3 décembre"
        assert "Semaine du 3 décembre" in client.get(answer.location).get_data(as_text=True)
    with database.reading() as session:
        assert [len(on_sale(session, cycle_id=found.id)) for found in (cycle, again)] == [1, 1]


def test_who_may_plan_sales(client: FlaskClient, database: Database, farm: Enterprise) -> None:
    with clock.travel(SATURDAY):
        client.post(f"{BASE}/new", data=filled(client, f"{BASE}/new"))
    [cycle] = cycles(database, farm)
    expected = {StaffRole.MANAGER: 200, StaffRole.READ_ONLY: 403, StaffRole.PACKING: 403, None: 404}
    for role, status in expected.items():
        with database.transaction() as session:
            person = make_user(session, email=f"{role}@example.org")
            if role is not None:
                session.add(StaffMember(enterprise_id=farm.id, user_id=person.id, role=role, notified=False))
        browser = client.application.test_client()
        sign_in(browser, database, person)
        for path in (f"{BASE}/new", f"{BASE}/{cycle.reference}"):
            assert browser.get(path).status_code == status
            answer = browser.post(path, data={"csrf_token": form_token(browser)}).status_code
            assert answer == (422 if status == 200 else status)
        assert browser.get(BASE).status_code == (404 if role is None else 200)
    with database.transaction() as session:
        other = make_shop(session, name="Une autre ferme")
        owner_id = session.scalars(select(StaffMember.user_id).where(StaffMember.enterprise_id == farm.id)).first()
        session.add(StaffMember(enterprise_id=other.id, user_id=owner_id, role=StaffRole.OWNER, notified=False))
    assert client.get(f"/manage/une-autre-ferme/cycles/{cycle.reference}").status_code == 404
