"""Enterprises: a free name and address, a profile, people who work there."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.errors import InvalidInput, NotFound
from shops.enterprise import services
from shops.enterprise.models import Enterprise, EnterpriseState, Missing, Sells, StaffRole
from shops.enterprise.services import Profile
from shops.errors import EmailNotConfirmed, LastOwner, NameTaken
from tests.support.people import make_user
from tests.support.shops import make_enterprise, make_product, make_shop


def test_a_name_may_be_borne_twice_but_not_at_one_postcode(session: Session) -> None:
    first = make_enterprise(session, name="La Ferme d’Élise")
    assert first.permalink == "la-ferme-d-elise"
    second = make_enterprise(session, name="La Ferme d’Élise", postcode="26400", city="Crest")
    third = make_enterprise(session, name="La ferme d’élise", postcode="26120", city="Crest")
    assert second.permalink == "la-ferme-d-elise-crest"
    assert third.permalink.startswith("la-ferme-d-elise-")
    with pytest.raises(NameTaken):
        make_enterprise(session, name="LA FERME D’ELISE")
    with pytest.raises(NameTaken):
        services.edit_profile(
            session, actor=SYSTEM, enterprise_id=second.id, profile=replace(Profile.of(second), postcode="26150")
        )


def test_two_people_taking_one_name_at_once_make_one_enterprise(database: Database) -> None:
    with database.transaction() as session:
        owners = [make_user(session, f"p{n}@example.org").id for n in range(4)]

    def create(owner_id: int) -> bool:
        try:
            with database.transaction() as session:
                make_enterprise(session, owner_id=owner_id, name="Le Rucher", active=False)
        except NameTaken:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(create, owners)) == 1


def test_it_is_on_the_map_at_its_commune(session: Session) -> None:
    farm = make_enterprise(session)
    assert (round(farm.latitude or 0, 1), round(farm.longitude or 0, 1)) == (44.8, 5.4)
    moved = replace(Profile.of(farm), postcode="26400", city="Crest")
    services.edit_profile(session, actor=SYSTEM, enterprise_id=farm.id, profile=moved)
    assert (round(farm.latitude or 0, 1), round(farm.longitude or 0, 1)) == (44.7, 5.0)
    abroad = make_enterprise(session, country="CH", postcode="1204", city="Genève")
    assert abroad.latitude is None


def test_a_name_of_any_letters_fits(session: Session) -> None:
    long = make_enterprise(session, name="ﷺ" * 120)
    assert session.get_one(Enterprise, long.id).name == "ﷺ" * 120


def test_neither_producing_nor_selling_is_nothing(session: Session) -> None:
    with pytest.raises(InvalidInput):
        make_enterprise(session, is_producer=False, sells=Sells.NONE)


def test_opening_needs_a_confirmed_address(session: Session) -> None:
    owner = make_user(session, "nouvelle@example.org", confirmed=False)
    farm = make_enterprise(session, owner_id=owner.id, active=False)
    with pytest.raises(EmailNotConfirmed):
        services.activate(session, actor=SYSTEM, enterprise_id=farm.id)
    owner.confirmed_at = farm.created_at
    services.activate(session, actor=SYSTEM, enterprise_id=farm.id)
    assert farm.state is EnterpriseState.ACTIVE


def test_what_is_missing_shrinks_to_nothing(session: Session) -> None:
    owner = make_user(session, "nouvelle@example.org", confirmed=False)
    farm = make_enterprise(session, owner_id=owner.id, active=False)
    assert services.is_ready_to_sell(session, farm.id) == list(Missing)
    shop = make_shop(session)
    assert services.is_ready_to_sell(session, shop.id) == [Missing.PRODUCTS]
    make_product(session, shop)
    assert services.is_ready_to_sell(session, shop.id) == []
    beekeeper = make_enterprise(session, sells=Sells.NONE, active=False)
    assert services.is_ready_to_sell(session, beekeeper.id) == [Missing.PRODUCTS, Missing.OPENING]


def test_somebody_always_owns_it(database: Database) -> None:
    with database.transaction() as session:
        first, second = make_user(session, "a@example.org"), make_user(session, "b@example.org")
        farm = make_enterprise(session, owner_id=first.id)
        with pytest.raises(LastOwner):
            services.remove_staff(session, enterprise_id=farm.id, user_id=first.id, actor=SYSTEM)
        with pytest.raises(LastOwner):
            services.add_staff(session, enterprise_id=farm.id, user_id=first.id, role=StaffRole.PACKING, actor=SYSTEM)
        with pytest.raises(NotFound):
            services.remove_staff(session, enterprise_id=farm.id, user_id=second.id, actor=SYSTEM)
        services.add_staff(session, enterprise_id=farm.id, user_id=second.id, role=StaffRole.OWNER, actor=SYSTEM)

    def leave(user_id: int) -> bool:
        try:
            with database.transaction() as session:
                services.remove_staff(session, enterprise_id=farm.id, user_id=user_id, actor=SYSTEM)
        except LastOwner:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(leave, [first.id, second.id])) == 1
    with database.reading() as session:
        assert len(session.scalars(select(Enterprise.id)).all()) == 1
