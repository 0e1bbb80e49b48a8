"""Places of France by postcode or by name, and the distance between them.

The data is `communes.csv.gz` beside this file; `communes.md` tells where it comes from.
"""

import gzip
import math
import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).with_name("communes.csv.gz")
_EARTH_RADIUS_KM = 6371.0
_AFTER_LETTERS = "{"  # sorts after every character that `_fold` leaves in a name


class Point(NamedTuple):
    """A point on the globe, in decimal degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Place:
    """One commune under one of its postcodes; an approximate point is that of its neighbours."""

    postcode: str
    commune: str
    insee: str
    point: Point
    population: int
    approximate: bool


def find(text: str, *, limit: int = 10) -> list[Place]:
    """Return the places that a person may mean by `text`, the exact name first, then the most populous.

    `text` is the beginning of a postcode ("2615"), of a commune's name ("st peray", "cheylard") or both ("26150 Die").
    A search by name alone returns each commune once, under its main postcode.
    """
    words = _fold(text).split()
    digits = "".join(word for word in words if word.isdigit())
    name = " ".join(word for word in words if not word.isdigit())
    if not words or len(digits) > 5:
        return []
    places: Iterable[Place] = _by_name(name) if name else _by_postcode(digits)
    if name and digits:
        places = (place for place in places if place.postcode.startswith(digits))
    elif name:
        places = _main_postcodes(places)
    wanted = _bare(name)
    return sorted(places, key=lambda place: (_bare(_fold(place.commune)) != wanted, -place.population))[:limit]


def distance_km(start: Point, end: Point) -> float:
    """Return the great-circle distance in kilometres, by the haversine formula on a sphere (error below 0.6 %)."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*start, *end))
    half_chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half_chord)))


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows as text, sorted by postcode, and the folded names in order with the row of each."""

    rows: list[str]
    names: list[str]
    rows_of_names: "array[int]"


@cache
def _table() -> _Table:
    """Read the file once, at the first search; rows become places only when they are found."""
    rows = gzip.decompress(_FILE.read_bytes()).decode().splitlines()[1:]
    folded = _fold("\n".join([row.split(",", 2)[1] for row in rows]))
    keys = [(name, number) for number, name in enumerate(folded.split("\n"))]
    bare = enumerate(_bare(folded).split("\n"))
    keys += [(name, number) for number, name in bare if name != keys[number][0]]
    keys.sort()
    return _Table(rows, [name for name, _ in keys], array("I", (number for _, number in keys)))


def _by_postcode(digits: str) -> Iterator[Place]:
    rows = _table().rows
    for row in rows[bisect_left(rows, digits) : bisect_left(rows, digits + _AFTER_LETTERS)]:
        yield _place(row)


def _by_name(name: str) -> Iterator[Place]:
    table = _table()
    found = slice(bisect_left(table.names, name), bisect_left(table.names, name + _AFTER_LETTERS))
    for number in sorted(set(table.rows_of_names[found])):
        yield _place(table.rows[number])


def _main_postcodes(places: Iterable[Place]) -> list[Place]:
    """Keep one place a commune: its roundest postcode (13100 rather than 13080), the one its people give."""
    communes: dict[str, Place] = {}
    for place in places:
        known = communes.setdefault(place.insee, place)
        if len(place.postcode.rstrip("0")) < len(known.postcode.rstrip("0")):
            communes[place.insee] = place
    return list(communes.values())


def _place(row: str) -> Place:
    postcode, commune, insee, latitude, longitude, population, approximate = row.split(",")
    point = Point(float(latitude), float(longitude))
    return Place(postcode, commune, insee, point, int(population), approximate == "1")


def _fold(text: str) -> str:
    """Return `text` as people type it: lower case, no accent, words apart, "saint" in full; keeps line ends."""
    text = text.lower().replace("œ", "oe").replace("’", " ")
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"[^a-z0-9\n]+", " ", text).strip()
    return re.sub(r"\bst(e?)\b", r"saint\1", text)


def _bare(folded: str) -> str:
    """Return folded names without their leading articles, so that "cheylard" finds Le Cheylard."""
    return re.sub(r"^(?:l|le|la|les) ", "", folded, flags=re.MULTILINE)
