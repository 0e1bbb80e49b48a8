"""Shops in tests, made through the services."""

from collections.abc import Sequence
from datetime import time
from html import unescape
from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.tax import TaxCategory
from shops.delivery import services as delivery
from shops.delivery.models import DeliveryMethod
from shops.delivery.services import HoursSpec
from shops.enterprise import services as enterprises
from shops.enterprise.models import Enterprise, Sells, StaffRole
from shops.payment_method import services as payment_methods
from shops.payment_method.models import PaymentKind
from shops.product import services as products
from shops.product.models import Category, Product, UnitKind
from shops.product.services import VariantSpec
from tests.support.people import form_token, make_user, sign_in

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


class Manager:
    """Somebody who works in ``shop`` (made if none is given), in a browser."""

    def __init__(self, app: Flask, shop: Enterprise | None = None, role: StaffRole = StaffRole.OWNER) -> None:
        self.database: Database = app.extensions["database"]
        self.browser = app.test_client()
        with self.database.transaction() as session:
            number = next(_number)
            self.user = make_user(session, email=f"manager{number}@example.org")
            owner_id = self.user.id if role is StaffRole.OWNER else None
            self.shop = shop or make_shop(session, owner_id=owner_id)
            if shop or role is not StaffRole.OWNER:
                enterprises.add_staff(
                    session, enterprise_id=self.shop.id, user_id=self.user.id, role=role, actor=SYSTEM
                )
        sign_in(self.browser, self.database, self.user)
        self.token = form_token(self.browser)

    def address(self, path: str) -> str:
        """``/products`` as the address of that section of the shop; other paths begin with two slashes."""
        return path[1:] if path.startswith("//") else f"/manage/{self.shop.permalink}{path}"

    def get(self, path: str, status: int = 200) -> str:
        """The text of a page."""
        answer = self.browser.get(self.address(path))
        assert answer.status_code == status, answer.get_data(as_text=True)
        return unescape(answer.get_data(as_text=True))

    def post(self, path: str, data: dict[str, Any] | None = None, status: int = 302) -> str:
        """What is shown, or where one is led, after sending a form."""
        answer = self.browser.post(self.address(path), data={"csrf_token": self.token, **(data or {})})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.headers.get("Location", "") if status == 302 else unescape(answer.get_data(as_text=True))
