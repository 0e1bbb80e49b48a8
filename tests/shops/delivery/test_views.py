"""Pickup points in a browser."""

from datetime import time

from flask import Flask

from shops.delivery.queries import pickup_points
from shops.enterprise.models import StaffRole
from tests.support.shops import Manager

NEW = {
    "name": "Devant la gare",
    "postcode": "26400",
    "city": "Allex",
    "instructions": "Sous l’horloge.\r\nSonnez.",
    "fee": "1,50",
    "hours-0-weekday": "4",
    "hours-0-starts": "17:00",
    "hours-0-ends": "18:30",
    "hours-0-capacity": "25",
    "hours-1-weekday": "5",
    "hours-1-starts": "",
    "hours-1-ends": "",
}


def points(manager: Manager) -> list[tuple[str, int, list[tuple[int, time, time, int | None]]]]:
    with manager.database.reading() as session:
        return [
            (point.name, point.fee, [(h.weekday, h.starts, h.ends, h.capacity) for h in point.hours])
            for point in pickup_points(session, manager.shop.id)
        ]


def test_a_place_with_its_slots_is_added_changed_and_removed(app: Flask) -> None:
    manager = Manager(app)
    farm = points(manager)[0]
    manager.post("/pickup/new", NEW)
    assert points(manager) == [farm, ("Devant la gare", 150, [(4, time(17), time(18, 30), 25)])]
    assert "vendredi, 17:00 – 18:30" in manager.get("/pickup")
    with manager.database.reading() as session:
        method_id = pickup_points(session, manager.shop.id)[1].id
    more = {
        **NEW,
        "fee": "",
        "hours-0-capacity": "",
        "hours-1-starts": "09:00",
        "hours-1-ends": "12:00",
        "hours-2-weekday": "0",
        "hours-2-starts": "08:00",
        "hours-2-ends": "09:00",
    }
    assert 'name="hours-3-starts"' in manager.post(f"/pickup/{method_id}", {**more, "more": "1"}, status=200)
    manager.post(f"/pickup/{method_id}", more)
    assert points(manager)[1] == (
        "Devant la gare",
        0,
        [(0, time(8), time(9), None), (4, time(17), time(18, 30), None), (5, time(9), time(12), None)],
    )
    manager.get(f"/pickup/{method_id}/remove")
    manager.post(f"/pickup/{method_id}/remove")
    assert points(manager) == [farm]
    manager.get(f"/pickup/{method_id}", status=404)


def test_bad_hours_change_nothing(app: Flask) -> None:
    manager = Manager(app)
    before = points(manager)
    for wrong in (
        {"hours-0-ends": "16:00"},
        {"hours-0-ends": ""},
        {"hours-0-starts": "", "hours-0-ends": ""},
        {"hours-0-starts": "25:99"},
        {"hours-0-weekday": "9"},
        {"hours-0-capacity": "0"},
        {"hours-0-capacity": "1e9"},
        {"fee": "-1"},
        {"fee": "abc"},
        {"name": ""},
        {"postcode": "00000"},
        {"city": "Lyon"},
    ):
        page = manager.post("/pickup/new", {**NEW, **wrong}, status=422)
        assert "error-summary" in page
        assert "Sous l’horloge." in page
    assert points(manager) == before


def test_another_shops_places_do_not_exist(app: Flask) -> None:
    manager, stranger = Manager(app), Manager(app)
    with manager.database.reading() as session:
        method_id = pickup_points(session, manager.shop.id)[0].id
    stranger.get(f"/pickup/{method_id}", status=404)
    stranger.post(f"/pickup/{method_id}", NEW, status=404)
    stranger.post(f"/pickup/{method_id}/remove", status=404)
    assert len(points(manager)) == 1
    Manager(app, shop=manager.shop, role=StaffRole.CATALOGUE).get("/pickup", status=403)
