"""People find their commune by its postcode or by its name as they type it, and shops by their distance."""

import time

import pytest

from shops.directory import postcodes
from shops.directory.postcodes import Point, distance_km, find

VALENCE = Point(44.9256, 4.9096)
DIE = Point(44.7536, 5.3703)


def names(text: str, limit: int = 10) -> list[str]:
    return [place.commune for place in find(text, limit=limit)]


def test_a_postcode_gives_its_communes_the_largest_first() -> None:
    places = find("26150", limit=30)

    assert places[0].commune == "Die"
    assert places[0].insee == "26113"
    assert {place.postcode for place in places} == {"26150"}
    assert "Saint-Julien-en-Quint" in {place.commune for place in places}


def test_the_beginning_of_a_postcode_is_enough() -> None:
    assert names("261", limit=1) == ["Romans-sur-Isère"]
    assert all(place.postcode.startswith("07") for place in find("07", limit=400))


@pytest.mark.parametrize(
    ("typed", "commune"),
    [
        ("die", "Die"),
        ("DIE", "Die"),
        ("valence", "Valence"),
        ("montelimar", "Montélimar"),
        ("Romans sur isere", "Romans-sur-Isère"),
        ("st peray", "Saint-Péray"),
        ("cheylard", "Le Cheylard"),
        ("Le Cheyl", "Le Cheylard"),
        ("l'albenc", "L’Albenc"),
        ("L’Albenc", "L’Albenc"),
        ("oeting", "Œting"),
        ("lyon 3e", "Lyon 3e Arrondissement"),
        ("26000 Valence", "Valence"),
        ("Valence (26)", "Valence"),
    ],
)
def test_a_name_is_found_as_people_type_it(typed: str, commune: str) -> None:
    assert names(typed, limit=1) == [commune]


def test_a_name_shared_by_several_communes_is_told_apart_by_the_postcode() -> None:
    assert find("Valence 82")[0].postcode == "82400"
    assert find("Valence")[0].postcode == "26000"


def test_a_commune_with_several_postcodes_appears_once_under_its_main_one() -> None:
    assert [place.postcode for place in find("Aix-en-Provence")] == ["13100"]
    assert find("13080")[0].insee == find("13100")[0].insee


@pytest.mark.parametrize("text", ["", "   ", "99999", "123456", "nowhere at all", "26150 Valence", "-,'"])
def test_what_is_no_place_gives_nothing(text: str) -> None:
    assert find(text) == []


def test_the_limit_is_kept() -> None:
    assert len(find("saint", limit=7)) == 7


def test_a_point_taken_from_the_neighbours_is_marked() -> None:
    die, *others = find("26150", limit=30)

    assert not die.approximate
    assert any(place.approximate for place in others)


def test_every_row_is_a_place_in_order_and_unique() -> None:
    rows = [postcodes._place(row) for row in postcodes._table().rows]

    assert len(rows) > 35_000
    assert [row.postcode for row in rows] == sorted(row.postcode for row in rows)
    assert len({(row.postcode, row.insee) for row in rows}) == len(rows)
    assert all(-90 <= row.point.latitude <= 90 and -180 <= row.point.longitude <= 180 for row in rows)


@pytest.mark.parametrize("department", ["26", "07"])
def test_every_commune_of_drome_and_ardeche_lies_in_its_department(department: str) -> None:
    places = find(department, limit=1000)

    assert len({place.insee for place in places}) > 300
    assert all(44 < place.point.latitude < 45.5 and 3.8 < place.point.longitude < 6 for place in places)


def test_distance_in_kilometres() -> None:
    assert distance_km(VALENCE, VALENCE) == 0
    assert distance_km(VALENCE, DIE) == pytest.approx(41.1, abs=0.2)
    assert distance_km(DIE, VALENCE) == distance_km(VALENCE, DIE)
    assert distance_km(Point(0, 0), Point(0, 180)) == pytest.approx(20_015, abs=1)
    assert distance_km(Point(48.8566, 2.3522), Point(43.2965, 5.3698)) == pytest.approx(661, abs=2)


def test_the_first_search_is_quick() -> None:
    """Kept loose for busy machines: about a tenth of a second on a quiet one."""
    postcodes._table.cache_clear()
    start = time.process_time()
    find("26150")
    assert time.process_time() - start < 0.6
