"""The catalogue in a browser: the list edited in place, the page of a product."""

from typing import Any

from flask import Flask
from sqlalchemy import func, select

from shops.product.models import Category, Product, UnitKind, Variant
from shops.stock import services as stock
from shops.stock.models import MoveReason
from shops.stock.queries import levels
from tests.support.shops import SYSTEM, Manager, make_product, variant


def cells(item: Variant, **typed: str) -> dict[str, Any]:
    """What the browser sends for one line of the list, with some cells typed over."""
    key = item.id
    sent = {
        f"seen-{key}": f"{item.price};10;0;{item.name}",
        f"price-{key}": f"{item.price / 100:.2f}".replace(".", ","),
        f"on_hand-{key}": "10",
        f"name-{key}": item.name,
    }
    return {"row": [str(key)], **sent, **{f"{name}-{key}": value for name, value in typed.items()}}


def two(manager: Manager) -> tuple[Variant, Variant]:
    with manager.database.transaction() as session:
        product = make_product(session, manager.shop, variants=[variant(), variant(unit_value=500, price=210)])
    first, second = product.variants
    return first, second


def state(manager: Manager, item: Variant) -> tuple[int, int, bool]:
    with manager.database.reading() as session:
        level = levels(session, [item.id])[item.id]
        return session.get_one(Variant, item.id).price, level.on_hand, level.on_demand


def test_changed_cells_are_saved_and_the_same_place_comes_back(app: Flask) -> None:
    manager = Manager(app)
    first, second = two(manager)
    page = manager.get("/products?category=vegetables")
    assert 'value="3,90"' in page
    assert "500\u202fg" in page
    sent = cells(first, price=" 4,20 €", on_hand="25", on_demand="1") | {"row": [str(first.id), str(second.id)]}
    sent |= {name: value for name, value in cells(second).items() if name != "row"}
    assert manager.post("/products?category=vegetables", sent).endswith("/products?category=vegetables")
    assert state(manager, first) == (420, 25, True)
    assert state(manager, second) == (210, 10, False)
    assert "3 changements enregistrés" in manager.get("/products")


def test_one_bad_cell_saves_nothing_and_keeps_everything_typed(app: Flask) -> None:
    manager = Manager(app)
    first, second = two(manager)
    for typed in ("abc", "1e9", "-2", "", "99999999999", "1,234"):
        sent = cells(first, price=typed, name="bien <mûres>") | {"row": [str(first.id), str(second.id)]}
        sent |= {name: value for name, value in cells(second, on_hand="77").items() if name != "row"}
        page = manager.post("/products", sent, status=422)
        assert f'id="price-{first.id}-error"' in page
        assert 'value="77"' in page
        assert f'value="{typed}"' in page
        assert "bien <mûres>" in page
    assert state(manager, first) == (390, 10, False)
    assert state(manager, second) == (210, 10, False)


def test_what_somebody_else_changed_is_shown_beside_the_cell_and_then_may_be_overwritten(app: Flask) -> None:
    manager = Manager(app)
    first, _second = two(manager)
    manager.post("/products", cells(first, price="4,00"))
    page = manager.post("/products", cells(first, price="3,50"), status=422)
    assert "c’est maintenant 4,00\u00a0€" in page
    assert 'value="3,50"' in page
    assert state(manager, first)[0] == 400
    manager.post("/products", cells(first, price="3,50") | {f"seen-{first.id}": "400;10;0;"})
    assert state(manager, first)[0] == 350


def test_orders_that_came_meanwhile_stay_counted(app: Flask) -> None:
    manager = Manager(app)
    first, _second = two(manager)
    with manager.database.transaction() as session:
        stock.take(session, quantities={first.id: 4}, order_id=1, reason=MoveReason.ORDERED, actor=SYSTEM)
    manager.post("/products", cells(first, on_hand="12"))
    assert state(manager, first)[1] == 8
    assert "Tomates rondes 8" in manager.get("/products")


def test_another_shops_products_do_not_exist(app: Flask) -> None:
    manager, stranger = Manager(app), Manager(app)
    first, _second = two(manager)
    manager.get(f"/products/{first.product_id}")
    stranger.get(f"/products/{first.product_id}", status=404)
    stranger.post(f"/products/{first.product_id}/delete", status=404)
    stranger.post("/products", cells(first, price="0,01"))
    assert stranger.browser.get(manager.address("/products")).status_code == 404
    assert state(manager, first) == (390, 10, False)


NEW = {
    "name": "Jus de pomme",
    "category": "drinks",
    "labels": "AB, FR-BIO-01; Nature & Progrès",
    "variants-0-amount": "75",
    "variants-0-measure": "cL",
    "variants-0-price": "4,20",
    "variants-0-tax_category": "food",
    "variants-0-on_hand": "12",
    "variants-1-amount": "",
    "variants-1-measure": "kg",
    "variants-1-price": "",
    "variants-1-tax_category": "food",
    "variants-1-on_hand": "0",
}


def only_product(manager: Manager) -> Product:
    with manager.database.reading() as session:
        return session.scalars(select(Product).where(Product.producer_id == manager.shop.id)).one()


def test_a_line_of_another_name_is_no_line(app: Flask) -> None:
    manager = Manager(app)
    odd = {f"variants-{number}-price": "1,00" for number in ("²", "٣", "-1", "9" * 5000, "")}
    manager.post("/products/new", {**NEW, **odd})
    with manager.database.reading() as session:
        assert [each.price for each in session.scalars(select(Variant))] == [420]


def test_a_product_is_added_edited_and_taken_off(app: Flask) -> None:
    manager = Manager(app)
    manager.post("/products/new", NEW)
    product = only_product(manager)
    assert (product.category, product.drawing) == (Category.DRINKS, "jus")
    assert product.labels == ["AB, FR-BIO-01", "Nature & Progrès"]
    with manager.database.reading() as session:
        [item] = session.scalars(select(Variant)).all()
    assert (item.unit_kind, item.unit_value, item.price) == (UnitKind.VOLUME, 750, 420)
    edited = {
        **NEW,
        "variants-0-variant_id": str(item.id),
        "variants-0-seen": "420;12;0",
        "variants-0-price": "4,50",
        "variants-1-amount": "6",
        "variants-1-measure": "",
        "variants-1-unit_name": "caisse de 6",
        "variants-1-price": "24",
    }
    manager.post(f"/products/{product.id}", edited)
    assert state(manager, item) == (450, 12, False)
    with manager.database.reading() as session:
        assert session.scalar(select(func.count(Variant.id))) == 2
    assert "Retirer Jus de pomme de la liste" in manager.get(f"/products/{product.id}/delete")
    manager.post(f"/products/{product.id}/delete")
    manager.get(f"/products/{product.id}", status=404)


def test_a_product_page_refuses_kindly_and_keeps_what_was_typed(app: Flask) -> None:
    manager = Manager(app)
    for wrong in (
        {"name": ""},
        {"name": "x" * 121},
        {"name": "a\x07b"},
        {"category": "toys"},
        {"variants-0-price": "1e9"},
        {"variants-0-amount": "0"},
        {"variants-0-measure": "pouces"},
        {"variants-0-on_hand": "-1"},
        {"variants-0-tax_category": "x"},
        {"variants-0-amount": "", "variants-0-price": ""},
    ):
        page = manager.post("/products/new", {**NEW, "description": "Sans sucre", **wrong}, status=422)
        assert "error-summary" in page
        assert "Sans sucre" in page
    with manager.database.reading() as session:
        assert session.scalar(select(func.count(Product.id))) == 0
    page = manager.post("/products/new", {**NEW, "more": "1"}, status=200)
    assert 'name="variants-2-amount"' in page


def test_the_list_is_found_by_words_aisle_and_page(app: Flask) -> None:
    manager = Manager(app)
    with manager.database.transaction() as session:
        for number in range(45):
            make_product(session, manager.shop, name=f"Légume {number:02}")
        make_product(session, manager.shop, name="Pêches", category=Category.FRUIT)
    assert "Pêches" in manager.get("/products?q=peches")
    assert "Pêches" not in manager.get("/products?category=vegetables")
    assert "Légume 44" in manager.get("/products?category=vegetables&page=2")
    assert "Aucun de vos produits" in manager.get("/products?q=%07zzz")
    manager.get("/products?page=999999999&category=x")
