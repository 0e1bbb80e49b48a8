"""What the floor above knows of each shop's opening; the directory only prints it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class OpeningInfo:
    """Until when orders are taken now, or when they will be next (UTC); both unknown is plainly closed."""

    open_until: datetime | None = None
    opens_at: datetime | None = None


#: Gives what is known of these shops by id, in at most two queries whatever their number.
OpeningSource = Callable[[Session, Collection[int]], Mapping[int, OpeningInfo]]


def add_opening_info(app: Flask, source: OpeningSource) -> None:
    """Let a floor above tell which shops are open."""
    app.extensions.setdefault("opening_info", []).append(source)


def opening_of(session: Session, shop_ids: Collection[int]) -> dict[int, OpeningInfo]:
    """What is known of these shops by id."""
    found: dict[int, OpeningInfo] = {}
    for source in current_app.extensions.get("opening_info", []):
        found |= source(session, shop_ids)
    return found
