"""What this floor keeps ready from the floor below: offers and shop pages, changed in the very transaction that
changes what they show, so that no price or product on sale ever lags behind."""

from sqlalchemy.orm import Session

from coopcircuits.events import Event, subscriber
from orders.offer import queries as offers
from orders.offer.services import refresh_offers, withdraw
from orders.shopfront.services import touch
from shops import events
from shops.supply_link import queries as supply_links


@subscriber(events.ProductChanged, at_once=True)
def reprice_product(session: Session, event: Event) -> None:
    """Its offers, and the product pages that tell more than an offer does."""
    refresh_offers(session, product_id=event.payload["product_id"])
    _touch_sellers(session, event.payload["producer_id"])


@subscriber(events.CatalogueImported, at_once=True)
def reprice_catalogue(session: Session, event: Event) -> None:
    """All of a producer's offers in one go."""
    _follow_producer(session, event.payload["producer_id"])


@subscriber(events.EnterpriseChanged, events.EnterpriseActivated, at_once=True)
def follow_enterprise(session: Session, event: Event) -> None:
    """Its names on offers, the tax that it charges or not, its own page."""
    enterprise_id = event.payload["enterprise_id"]
    refresh_offers(session, shop_id=enterprise_id)
    _follow_producer(session, enterprise_id)


def _follow_producer(session: Session, producer_id: int) -> None:
    refresh_offers(session, producer_id=producer_id)
    _touch_sellers(session, producer_id)


def _touch_sellers(session: Session, producer_id: int) -> None:
    """Every shop that has, had or will have pages which name the producer or a product of theirs."""
    for shop_id in (producer_id, *supply_links.hubs_ever(session, producer_id=producer_id)):
        touch(session, shop_id=shop_id)


@subscriber(events.FeeChanged, at_once=True)
def reprice_fee(session: Session, event: Event) -> None:
    """The offers of the cycles that add this fee."""
    refresh_offers(session, fee_id=event.payload["fee_id"])


@subscriber(events.StockCounted, at_once=True)
def show_stock(session: Session, event: Event) -> None:
    """The pages on which this variant may now be sold out, or back."""
    for shop_id in offers.shops_selling(session, variant_ids=[event.payload["variant_id"]]):
        touch(session, shop_id=shop_id)


@subscriber(events.PickupChanged, at_once=True)
def show_pickup(session: Session, event: Event) -> None:
    """The page that names this place."""
    touch(session, shop_id=event.payload["enterprise_id"])


@subscriber(events.SupplyLinkRevoked, at_once=True)
def end_supply(session: Session, event: Event) -> None:
    """The hub sells these products no more; what was ordered stays ordered."""
    withdraw(session, shop_id=event.payload["hub_id"], producer_id=event.payload["producer_id"])
