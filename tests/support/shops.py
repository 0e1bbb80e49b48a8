"""Shops in tests, made through the services."""

from collections.abc import Sequence
from datetime import time
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from coopcircuits.actor import SYSTEM
from coopcircuits.tax import TaxCategory
from shops.delivery import services as delivery
from shops.delivery.models import DeliveryMethod
from shops.delivery.services import HoursSpec
from shops.enterprise import services as enterprises
from shops.enterprise.models import Enterprise, Sells
from shops.payment_method import services as payment_methods
from shops.payment_method.models import PaymentKind
from shops.product import services as products
from shops.product.models import Category, Product, UnitKind
from shops.product.services import VariantSpec
from tests.support.people import make_user

_number = count(1)


def make_enterprise(session: Session, *, owner_id: int | None = None, active: bool = True, **given: Any) -> Enterprise:
    """A farm that sells its own products, at Die; its owner is made if none is given."""
    number = next(_number)
    owner_id = owner_id or make_user(session, email=f"owner{number}@example.org").id
    values: dict[str, Any] = {
        "name": f"Ferme du Test {number}",
        "is_producer": True,
        "sells": Sells.OWN,
        "email": f"ferme{number}@example.org",
        "phone": "06 39 98 00 00",
        "street": "1 chemin du Test",
        "postcode": "26150",
        "city": "Die",
        "country": "FR",
        "zone": "Europe/Paris",
        "currency": "EUR",
    }
    enterprise = enterprises.create_enterprise(session, actor=SYSTEM, owner_id=owner_id, **{**values, **given})
    if active:
        enterprises.activate(session, actor=SYSTEM, enterprise_id=enterprise.id)
    session.flush()
    return enterprise


def make_shop(session: Session, **given: Any) -> Enterprise:
    """An active farm shop with one pickup point that is paid on collection; it has no products yet."""
    shop = make_enterprise(session, **given)
    make_pickup_point(session, shop)
    payment_methods.accept(
        session, actor=SYSTEM, enterprise_id=shop.id, kind=PaymentKind.ON_COLLECTION, instructions=""
    )
    return shop


def make_pickup_point(session: Session, shop: Enterprise, **given: Any) -> DeliveryMethod:
    """A pickup point open on Friday evening and on Saturday morning."""
    values: dict[str, Any] = {
        "name": "À la ferme",
        "street": "1 chemin du Test",
        "postcode": "26150",
        "city": "Die",
        "instructions": "",
        "fee": 0,
        "hours": [HoursSpec(4, time(17), time(19), 20), HoursSpec(5, time(9), time(12), None)],
    }
    return delivery.add_pickup_point(session, actor=SYSTEM, enterprise_id=shop.id, **{**values, **given})


def variant(**given: Any) -> VariantSpec:
    """A kilogram at 3,90 € with 10 on hand."""
    values: dict[str, Any] = {
        "name": "",
        "sku": "",
        "unit_kind": UnitKind.WEIGHT,
        "unit_value": 1000,
        "unit_name": "",
        "price": 390,
        "tax_category": TaxCategory.FOOD,
        "on_hand": 10,
        "on_demand": False,
    }
    return VariantSpec(**{**values, **given})


def make_product(
    session: Session, producer: Enterprise, *, variants: Sequence[VariantSpec] | None = None, **given: Any
) -> Product:
    """Tomatoes with one variant, see :func:`variant`; ``product.variants`` is loaded."""
    values: dict[str, Any] = {
        "name": "Tomates rondes",
        "description": "",
        "category": Category.VEGETABLES,
        "drawing": "tomate",
        "labels": [],
        "allergens": "",
        "origin": "",
        "is_alcohol": False,
    }
    product = products.create_product(
        session, actor=SYSTEM, producer_id=producer.id, variants=variants or [variant()], **{**values, **given}
    )
    session.refresh(product, ["variants"])
    return product
