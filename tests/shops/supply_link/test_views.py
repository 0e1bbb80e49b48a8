"""Who may sell whose products, in a browser."""

from flask import Flask

from shops.enterprise.models import Sells
from shops.supply_link.queries import catalogues_edited_by, may_sell, suppliers_of
from tests.support.shops import Manager, make_shop


def test_a_producer_lets_a_hub_sell_and_either_side_ends_it(app: Flask) -> None:
    farm = Manager(app)
    with farm.database.transaction() as session:
        hub_shop = make_shop(session, name="Le Panier du Vercors", sells=Sells.ANY, is_producer=False)
        make_shop(session, name="La Ferme du Vercors")
    hub = Manager(app, shop=hub_shop)

    def sells() -> bool:
        with farm.database.reading() as session:
            return may_sell(session, producer_id=farm.shop.id, hub_id=hub.shop.id)

    found = farm.get("/supply?q=vercors")
    assert "Le Panier du Vercors" in found
    assert "La Ferme du Vercors" not in found, "it sells only what it produces"
    farm.post("/supply", {"hub": hub.shop.permalink})
    assert sells()
    assert farm.shop.name in hub.get("/supply")
    with farm.database.reading() as session:
        assert [shop.id for shop in suppliers_of(session, hub.shop.id)] == [farm.shop.id]
        assert catalogues_edited_by(session, hub.shop.id) == []
    farm.post("/supply", {"hub": hub.shop.permalink, "edits": "1"})
    with farm.database.reading() as session:
        assert [shop.id for shop in catalogues_edited_by(session, hub.shop.id)] == [farm.shop.id]
    hub.post("/supply/revoke", {"producer": farm.shop.permalink})
    assert not sells()
    farm.post("/supply", {"hub": hub.shop.permalink})
    with farm.database.reading() as session:
        assert catalogues_edited_by(session, hub.shop.id) == []
    farm.post("/supply/revoke", {"hub": hub.shop.permalink})
    assert not sells()


def test_nobody_helps_themselves(app: Flask) -> None:
    farm, hub = Manager(app), Manager(app)
    farm.post("/supply", {"hub": "nobody"}, status=404)
    farm.post("/supply", {"hub": farm.shop.permalink})
    hub.post("/supply/revoke", {"producer": farm.shop.permalink})
    farm.post("/supply", {"hub": hub.shop.permalink})
    assert "ne vend que ce qu’elle produit" in farm.get("/supply")
    with farm.database.reading() as session:
        assert not may_sell(session, producer_id=farm.shop.id, hub_id=hub.shop.id)
