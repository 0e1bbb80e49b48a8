"""Everything that a shop's pages show, in a fixed number of queries."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from coopcircuits.errors import NotFound
from coopcircuits.i18n import N_
from orders.offer import queries as offers
from orders.offer.models import Offer
from orders.order_cycle import queries as cycles
from orders.order_cycle.models import OrderCycle
from orders.shopfront.models import ShopPage
from orders.shopfront.page import ProductPage, Stall
from shops.enterprise import queries as enterprises
from shops.enterprise.models import Enterprise, EnterpriseState, Visibility
from shops.product.models import Product


def stall(session: Session, *, permalink: str, user_id: int | None = None) -> Stall:
    """A shop's page as it is now; raises :class:`NotFound`. Its staff also see it before it is public."""
    shop, version = open_to(session, permalink, user_id)
    found = cycles.cycles_by_interest(session, shop.id)
    on_show = found[0] if found else None
    return Stall(
        shop=shop,
        version=version,
        cycle=on_show,
        changes_at=cycles.next_change(found),
        slots=cycles.slots_of(session, cycle_id=on_show.id) if on_show else [],
        items=offers.on_sale(session, cycle_id=on_show.id) if on_show else [],
    )


def product_page(session: Session, *, permalink: str, product_id: int, user_id: int | None = None) -> ProductPage:
    """One product as this shop sells, sold or will sell it; raises :class:`NotFound` for what it never had."""
    shop, version = open_to(session, permalink, user_id)
    found = cycles.cycles_by_interest(session, shop.id)
    on_show = found[0] if found else None
    product = session.scalar(select(Product).where(Product.id == product_id).options(joinedload(Product.producer)))
    if product is None:
        raise NotFound
    items = offers.on_sale(session, cycle_id=on_show.id, product_id=product_id) if on_show else []
    is_own = product.producer_id == shop.id and product.deleted_at is None
    if not items and not is_own and not _was_sold(session, shop.id, product_id):
        raise NotFound
    return ProductPage(
        shop=shop,
        version=version,
        cycle=on_show,
        changes_at=cycles.next_change(found),
        slots=cycles.slots_of(session, cycle_id=on_show.id) if on_show else [],
        items=items,
        product=product,
    )


def open_to(session: Session, permalink: str, user_id: int | None) -> tuple[Enterprise, int]:
    """A shop that this person may enter and the version of its pages, read together and before all else.

    Raises :class:`NotFound`. Drafts and hidden shops exist for their staff only.
    """
    row = session.execute(
        select(Enterprise, ShopPage.version)
        .join(ShopPage, ShopPage.shop_id == Enterprise.id, isouter=True)
        .where(Enterprise.permalink == permalink)
    ).one_or_none()
    if row is None:
        raise NotFound
    shop: Enterprise = row[0]
    if shop.state is EnterpriseState.CLOSED:
        raise NotFound(N_("This shop has closed for good. Others sell near here."))
    if shop.state is not EnterpriseState.ACTIVE or shop.visibility is Visibility.HIDDEN:
        role = enterprises.role_of(session, enterprise_id=shop.id, user_id=user_id) if user_id is not None else None
        if role is None:
            raise NotFound
    return shop, row[1] or 0


def _was_sold(session: Session, shop_id: int, product_id: int) -> bool:
    return (
        session.scalar(
            select(Offer.id)
            .join(OrderCycle, OrderCycle.id == Offer.cycle_id)
            .where(OrderCycle.shop_id == shop_id, Offer.product_id == product_id)
            .limit(1)
        )
        is not None
    )
