"""Offers follow whatever they depend on, in the transaction that changes it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.events import record
from coopcircuits.tax import TaxCategory, TaxRate
from orders.offer import queries, services
from orders.offer.models import Offer
from orders.order_cycle.models import OrderCycle
from orders.shopfront.models import ShopPage
from shops.enterprise import services as enterprises
from shops.enterprise.models import Enterprise, Sells, VatStatus
from shops.enterprise.services import Profile
from shops.events import ProductChanged
from shops.fee import services as fees
from shops.fee.models import Calculator, Fee, FeeKind
from shops.product.models import Variant
from shops.supply_link import services as supply_links
from tests.support.cycles import make_cycle, offers_of
from tests.support.shops import make_enterprise, make_product, make_shop, variant


def make_fee(session: Session, shop: Enterprise, value: int, calculator: Calculator) -> Fee:
    return fees.create_fee(
        session,
        actor=SYSTEM,
        enterprise_id=shop.id,
        name="Transport",
        kind=FeeKind.TRANSPORT,
        calculator=calculator,
        value=value,
    )


def reprice(session: Session, offer: Offer, price: int) -> None:
    """Change a price as the catalogue does, through its event."""
    session.get_one(Variant, offer.variant_id).price = price
    session.flush()
    record(session, ProductChanged(offer.product_id, offer.producer_id), actor=SYSTEM)


def test_an_offer_holds_all_that_a_shopper_sees(session: Session) -> None:
    shop = make_shop(session)
    make_product(session, shop, name="Pain de campagne", variants=[variant(unit_value=800, price=480)])
    fee = make_fee(session, shop, 500, Calculator.PERCENT_PER_ITEM)
    [offer] = offers_of(session, make_cycle(session, shop, fee_ids=[fee.id]))
    assert (offer.base_price, offer.price, offer.comparison_price) == (480, 504, 630)
    assert offer.fees == [{"fee_id": fee.id, "name": "Transport", "kind": "transport", "amount": 24}]
    assert (offer.product_name, offer.producer_name, offer.tax_rate_bp) == ("Pain de campagne", shop.name, 550)


def test_a_new_price_reaches_every_shop_that_sells_the_product(session: Session) -> None:
    producer = make_enterprise(session)
    make_product(session, producer)
    hubs = [make_shop(session, sells=Sells.ANY, is_producer=False) for _ in range(2)]
    for hub in hubs:
        supply_links.grant(session, producer_id=producer.id, hub_id=hub.id, actor=SYSTEM)
    cycles = [make_cycle(session, hub) for hub in hubs]
    reprice(session, offers_of(session, cycles[0])[0], 420)
    assert [offers_of(session, cycle)[0].price for cycle in cycles] == [420, 420]


def test_a_sale_that_is_over_keeps_its_prices(session: Session) -> None:
    cycle = make_cycle(session)
    offer = offers_of(session, cycle)[0]
    with clock.travel(cycle.closes_at):
        reprice(session, offer, 999)
    assert offers_of(session, cycle)[0].price == 390


def test_a_changed_or_ended_fee_changes_prices(session: Session) -> None:
    shop = make_shop(session)
    make_product(session, shop)
    fee = make_fee(session, shop, 30, Calculator.FLAT_PER_ITEM)
    cycle = make_cycle(session, shop, fee_ids=[fee.id])
    fees.edit_fee(
        session,
        actor=SYSTEM,
        enterprise_id=shop.id,
        fee_id=fee.id,
        name="Transport",
        kind=FeeKind.TRANSPORT,
        calculator=Calculator.PERCENT_PER_ITEM,
        value=1_000,
    )
    assert offers_of(session, cycle)[0].price == 429
    fees.delete_fee(session, actor=SYSTEM, enterprise_id=shop.id, fee_id=fee.id)
    assert (offers_of(session, cycle)[0].price, offers_of(session, cycle)[0].fees) == (390, [])


def test_the_tax_rate_is_the_one_of_the_closing_day(session: Session) -> None:
    with clock.travel(datetime(2026, 12, 30, 10, tzinfo=UTC)):
        for rate in session.scalars(select(TaxRate).where(TaxRate.country == "FR", TaxRate.category == "food")):
            rate.valid_to = date(2027, 1, 1)
        session.add(TaxRate(country="FR", category=TaxCategory.FOOD, rate_bp=600, valid_from=date(2027, 1, 1)))
        shop = make_shop(session)
        make_product(session, shop)
        old_year = make_cycle(session, shop, closes_at=datetime(2026, 12, 31, 22, 59, tzinfo=UTC))
        new_year = make_cycle(session, shop, closes_at=datetime(2026, 12, 31, 23, 0, tzinfo=UTC))
    assert [offers_of(session, cycle)[0].tax_rate_bp for cycle in (old_year, new_year)] == [550, 600]


def test_a_small_business_charges_no_tax(session: Session) -> None:
    shop = make_shop(session)
    cycle = make_cycle(session, shop)
    profile = replace(Profile.of(shop), vat_status=VatStatus.SMALL_BUSINESS)
    enterprises.edit_profile(session, actor=SYSTEM, enterprise_id=shop.id, profile=profile)
    assert {offer.tax_rate_bp for offer in offers_of(session, cycle)} == {0}


def test_a_deleted_product_is_withdrawn(session: Session) -> None:
    cycle = make_cycle(session)
    offer = offers_of(session, cycle)[0]
    session.get_one(Variant, offer.variant_id).deleted_at = clock.now()
    reprice(session, offer, 390)
    assert [item.offer.id for item in queries.on_sale(session, cycle_id=cycle.id)] == [offers_of(session, cycle)[1].id]


def test_the_end_of_a_supply_link_withdraws_the_producer_s_offers(session: Session) -> None:
    producer, hub = make_enterprise(session), make_shop(session, sells=Sells.ANY)
    make_product(session, hub, name="Courges")
    make_product(session, producer)
    supply_links.grant(session, producer_id=producer.id, hub_id=hub.id, actor=SYSTEM)
    cycle = make_cycle(session, hub)
    supply_links.revoke(session, producer_id=producer.id, hub_id=hub.id, actor=SYSTEM)
    assert [item.offer.product_name for item in queries.on_sale(session, cycle_id=cycle.id)] == ["Courges"]


def test_refreshing_a_hundred_offers_takes_as_many_statements_as_refreshing_two(session: Session) -> None:
    shop = make_shop(session)
    make_product(session, shop, variants=[variant() for _ in range(2)])
    small = make_cycle(session, shop)
    make_product(session, shop, variants=[variant(unit_value=100 + n) for n in range(100)])
    large = make_cycle(session, shop)
    counts = []
    statements: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    for cycle in (small, large):
        for offer in offers_of(session, cycle):
            offer.price += 1
        session.flush()
        statements.clear()
        assert services.refresh_offers(session, cycle_id=cycle.id) == len(offers_of(session, cycle))
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_nothing_is_written_when_nothing_differs(session: Session) -> None:
    make_cycle(session)
    assert services.refresh_offers(session) == 0


def test_two_changes_at_once_both_reach_the_offer(database: Database) -> None:
    """One transaction changes the price, another the fee: whichever comes last must see the other's work."""
    with database.transaction() as session:
        shop = make_shop(session)
        make_product(session, shop)
        fee = make_fee(session, shop, 0, Calculator.PERCENT_PER_ITEM)
        cycle = make_cycle(session, shop, fee_ids=[fee.id])
        offer = offers_of(session, cycle)[0]

    def change_price() -> None:
        with database.transaction() as session:
            reprice(session, offer, 1_000)

    def change_fee() -> None:
        with database.transaction() as session:
            fees.edit_fee(
                session,
                actor=SYSTEM,
                enterprise_id=shop.id,
                fee_id=fee.id,
                name="Transport",
                kind=FeeKind.TRANSPORT,
                calculator=Calculator.PERCENT_PER_ITEM,
                value=2_000,
            )

    threads = [Thread(target=change_price), Thread(target=change_fee)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.get_one(Offer, offer.id).price == 1_200


def test_every_change_that_a_page_shows_raises_its_version(database: Database) -> None:
    def version(shop_id: int) -> int:
        with database.reading() as session:
            return session.scalar(select(ShopPage.version).where(ShopPage.shop_id == shop_id)) or 0

    with database.transaction() as session:
        shop = make_shop(session)
        cycle: OrderCycle = make_cycle(session, shop)
        offer = offers_of(session, cycle)[0]
    seen = version(shop.id)
    with database.transaction() as session:
        reprice(session, offer, 400)
        reprice(session, offer, 410)
    assert version(shop.id) == seen + 1
    with database.transaction() as session:
        enterprises.edit_profile(
            session,
            actor=SYSTEM,
            enterprise_id=shop.id,
            profile=replace(Profile.of(session.get_one(Enterprise, shop.id)), summary="Légumes du Diois"),
        )
    assert version(shop.id) == seen + 2
    with database.transaction() as session:
        services.refresh_offers(session, shop_id=shop.id)
    assert version(shop.id) == seen + 2
    assert cycle.closes_at - clock.now() < timedelta(days=3)
