"""An import is previewed, confirmed once, and done all or not at all."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coopcircuits import clock, i18n
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.errors import NotFound
from coopcircuits.events import Event
from shops.catalogue_import import services
from shops.catalogue_import.export import export
from shops.catalogue_import.models import CatalogueImport
from shops.catalogue_import.plan import Plan
from shops.enterprise.models import Enterprise, Sells
from shops.product.models import Product, UnitKind, Variant
from shops.product.queries import products_of
from shops.stock.models import MoveReason, StockMove
from shops.stock.queries import levels
from shops.supply_link import services as supply_links
from tests.support.shops import make_product, make_shop, variant

HEADER = "producer;sku;name;display_name;category;description;units;unit_type;variant_unit_name;price;on_hand;on_demand"


def lines(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows]).encode()


TOMATOES = ";T-1;Tomates;;Légumes;Rouges;1;kg;;3,90;40;0"
TOMATOES_3 = ";T-3;Tomates;;Légumes;;3;kg;;10,80;15;0"
EGGS = ";;Œufs;;Œufs;;6;;boîte de 6;3,50;;1"


def write(session: Session, shop: Enterprise, *rows: str) -> Plan:
    return services.write(session, actor=SYSTEM, enterprise_id=shop.id, content=lines(*rows))


def counts(plan: Plan) -> tuple[int, int, int]:
    return plan.created, plan.updated, plan.unchanged


def test_new_lines_become_products_whose_units_stay_together(session: Session) -> None:
    shop = make_shop(session)
    assert counts(write(session, shop, TOMATOES, TOMATOES_3, EGGS)) == (3, 0, 0)
    eggs, tomatoes = products_of(session, producer_ids=[shop.id])[::-1]
    if eggs.name != "Œufs":
        eggs, tomatoes = tomatoes, eggs
    assert [(v.unit_value, v.price, v.sku) for v in tomatoes.variants] == [(1000, 390, "T-1"), (3000, 1080, "T-3")]
    assert (tomatoes.description, tomatoes.drawing, eggs.drawing) == ("Rouges", "tomate", "oeufs")
    found = levels(session, [v.id for v in (*tomatoes.variants, *eggs.variants)])
    assert [found[v.id].available for v in (*tomatoes.variants, *eggs.variants)] == [40, 15, None]
    moves = session.execute(select(StockMove.delta, StockMove.reason)).all()
    assert sorted(moves) == [(15, MoveReason.IMPORTED), (40, MoveReason.IMPORTED)]
    [event] = session.scalars(select(Event).where(Event.name == "CatalogueImported")).all()
    assert event.payload == {"producer_id": shop.id, "created": 3, "updated": 0}


def test_the_same_file_again_changes_nothing(session: Session) -> None:
    shop = make_shop(session)
    write(session, shop, TOMATOES, TOMATOES_3, EGGS)
    assert counts(write(session, shop, TOMATOES, TOMATOES_3, EGGS)) == (0, 0, 3)


def test_products_are_recognised_by_sku_else_by_name_and_unit(session: Session) -> None:
    shop = make_shop(session)
    write(session, shop, TOMATOES, EGGS)
    plan = write(
        session,
        shop,
        ";T-1;Tomates anciennes;;Légumes;;1;kg;;4,50;;",  # by SKU: new name and price, stock not said
        ";O-6;ŒUFS;;Œufs;;6;;boîte de 6;3,60;;1",  # by name and unit: takes the SKU over
        ";;Tomates anciennes;;Légumes;;500;g;;2,40;8;0",  # another unit of the first
    )
    assert counts(plan) == (1, 2, 0)
    [eggs] = session.scalars(select(Variant).where(Variant.sku == "O-6")).all()
    [tomatoes] = session.scalars(select(Variant).where(Variant.sku == "T-1")).all()
    assert (eggs.price, tomatoes.price) == (360, 450)
    assert levels(session, [tomatoes.id])[tomatoes.id].on_hand == 40
    assert sorted(session.scalars(select(Product.name)).all()) == ["Tomates anciennes", "ŒUFS"]
    assert session.scalar(select(func.count(Variant.id)).where(Variant.product_id == tomatoes.product_id)) == 2


def test_one_bad_line_and_nothing_is_written(database: Database) -> None:
    with database.transaction() as session:
        shop = make_shop(session)
    with pytest.raises(services.BadLines) as refused, database.transaction() as session:
        write(session, shop, TOMATOES, ";;Poireaux;;Légumes;;1;kg;;-2;5;0")
    assert [(p.line, p.column) for p in refused.value.problems] == [(3, "price")]
    with database.reading() as session:
        assert session.scalar(select(func.count(Product.id))) == 0


def test_lines_of_one_product_must_agree(session: Session) -> None:
    shop = make_shop(session)
    with pytest.raises(services.BadLines) as refused:
        write(session, shop, TOMATOES, ";;Tomates;;Fruits;;3;kg;;10,80;15;0", ";;TOMATES;;Légumes;;5;kg;;15;15;0")
    assert [(p.line, p.column) for p in refused.value.problems] == [(3, "category"), (4, "name")]


def test_a_hub_edits_only_catalogues_it_was_given(session: Session) -> None:
    hub = make_shop(session, sells=Sells.ANY, name="Le Groupement")
    farm = make_shop(session, name="La Ferme du Haut")
    row = "La ferme du haut;;Poireaux;;Légumes;;1;kg;;2,80;5;0"
    supply_links.grant(session, producer_id=farm.id, hub_id=hub.id, actor=SYSTEM)
    with pytest.raises(services.BadLines):
        write(session, hub, row)
    supply_links.grant(session, producer_id=farm.id, hub_id=hub.id, edits_catalogue=True, actor=SYSTEM)
    assert counts(write(session, hub, row)) == (1, 0, 0)
    assert [product.name for product in products_of(session, producer_ids=[farm.id])] == ["Poireaux"]


def test_confirming_twice_does_it_once_and_a_stranger_finds_nothing(database: Database) -> None:
    with database.transaction() as session:
        shop, other = make_shop(session), make_shop(session)
        kept = services.keep_upload(
            session, actor=SYSTEM, enterprise_id=shop.id, file_name="légumes.csv", content=lines(TOMATOES, EGGS)
        )
    with pytest.raises(NotFound), database.transaction() as session:
        services.confirm(session, actor=SYSTEM, enterprise_id=other.id, import_id=kept.id, digest=kept.digest)
    for _attempt in range(2):
        with database.transaction() as session:
            done = services.confirm(session, actor=SYSTEM, enterprise_id=shop.id, import_id=kept.id, digest=kept.digest)
            assert (done.created, done.updated, done.content) == (2, 0, b"")
    with database.reading() as session:
        assert session.scalar(select(func.count(Variant.id))) == 2


def test_an_upload_replaces_the_one_before_and_is_forgotten_after_a_day(session: Session) -> None:
    shop = make_shop(session)

    def keep(*rows: str) -> CatalogueImport:
        return services.keep_upload(
            session, actor=SYSTEM, enterprise_id=shop.id, file_name="x.csv", content=lines(*rows)
        )

    keep(TOMATOES)
    kept = keep(EGGS)
    assert session.scalars(select(CatalogueImport.id)).all() == [kept.id]
    with pytest.raises(services.ImportExpired):
        services.confirm(session, actor=SYSTEM, enterprise_id=shop.id, import_id=kept.id, digest="of another file")
    with clock.travel(clock.now() + timedelta(hours=25)):
        with pytest.raises(services.ImportExpired):
            services.confirm(session, actor=SYSTEM, enterprise_id=shop.id, import_id=kept.id, digest=kept.digest)
        assert services.forget_expired(session) == 1


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_exported_catalogue_comes_back_unchanged(session: Session, language: str) -> None:
    shop = make_shop(session)
    make_product(
        session,
        shop,
        name="=cmd|'/c calc'!A1",
        description='-5 % ; avec "guillemets"\net deux lignes',
        variants=[
            variant(sku="+33", name="@home"),
            variant(unit_kind=UnitKind.VOLUME, unit_value=750, price=1_299, on_demand=True, on_hand=0),
            variant(unit_kind=UnitKind.ITEM, unit_value=6, unit_name="boîte de 6"),
        ],
    )
    make_product(session, shop, name="'= gardé", variants=[variant(unit_value=1250)])
    with i18n.speaking(language):
        products = products_of(session, producer_ids=[shop.id])
        found = levels(session, [v.id for product in products for v in product.variants])
        text = "".join(export(products, found, "EUR"))
        cells = [cell for line in text.splitlines() for cell in line.split(";" if language == "fr" else ",")]
        assert not any(cell.lstrip('"').startswith(("=", "+", "@")) for cell in cells)
        plan = services.write(session, actor=SYSTEM, enterprise_id=shop.id, content=text.encode())
    assert counts(plan) == (0, 0, 4)
