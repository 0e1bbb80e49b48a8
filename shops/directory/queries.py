"""Finding shops and producers that are open to the public."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from coopcircuits.references import plain
from shops.directory.postcodes import Point, distance_km
from shops.enterprise.models import Enterprise, EnterpriseState, Sells, Visibility

#: Nobody collects vegetables further away.
RADIUS_KM = 80
_KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Found:
    """One enterprise, and how far it is from the place that was asked for (``None`` when none was)."""

    enterprise: Enterprise
    distance: float | None


def search(
    session: Session, *, near: Point | None, words: str, page: int, per_page: int
) -> tuple[Sequence[Found], int]:
    """One page of the directory and how many there are in all: the nearest first, else by name.

    Two queries, whatever there is. Around a place only what lies within :data:`RADIUS_KM`, found by a box on the
    index and sorted by the flat distance (equirectangular: the order is right at this scale).
    """
    wanted: list[ColumnElement[bool]] = [
        Enterprise.state == EnterpriseState.ACTIVE,
        Enterprise.visibility == Visibility.PUBLIC,
        (Enterprise.sells != Sells.NONE) | Enterprise.is_producer,
    ]
    wanted += [Enterprise.name_key.contains(word, autoescape=True) for word in plain(words).split()[:6]]
    order: list[Any] = [Enterprise.name_key, Enterprise.id]
    if near:
        east = math.cos(math.radians(near.latitude))
        tall, wide = RADIUS_KM / _KM_PER_DEGREE, RADIUS_KM / _KM_PER_DEGREE / east
        north, across = Enterprise.latitude - near.latitude, (Enterprise.longitude - near.longitude) * east
        flat = north * north + across * across
        wanted += [
            Enterprise.latitude.between(near.latitude - tall, near.latitude + tall),
            Enterprise.longitude.between(near.longitude - wide, near.longitude + wide),
            flat <= tall * tall,
        ]
        order.insert(0, flat)
    total = session.scalar(select(func.count(Enterprise.id)).where(*wanted)) or 0
    rows = session.scalars(
        select(Enterprise).where(*wanted).order_by(*order).limit(per_page).offset((page - 1) * per_page)
    )
    return [Found(row, _distance(near, row)) for row in rows], total


def _distance(near: Point | None, enterprise: Enterprise) -> float | None:
    if near is None or enterprise.latitude is None or enterprise.longitude is None:
        return None
    return distance_km(near, Point(enterprise.latitude, enterprise.longitude))
