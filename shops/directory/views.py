"""The directory of shops and producers."""

from flask import render_template
from flask.typing import ResponseReturnValue

from coopcircuits.asked import Page, asked_page, asked_words
from coopcircuits.doors import read_session
from shops.directory import postcodes, queries
from shops.directory.opening import opening_of

PER_PAGE = 50
#: A name may be borne by several towns: the others are offered as links.
_OTHER_PLACES = 6


def index() -> ResponseReturnValue:
    """Shops near a place, or bearing a name."""
    typed, words, session = asked_words("near"), asked_words("name"), read_session()
    places = postcodes.find(typed, limit=_OTHER_PLACES) if typed else []
    place = places[0] if places else None
    number = asked_page()
    found, total = queries.search(
        session, near=place.point if place else None, words=words, page=number, per_page=PER_PAGE
    )
    return render_template(
        "shops/directory/index.html",
        typed=typed,
        words=words,
        place=place,
        other_places=[] if any(letter.isdigit() for letter in typed) else places[1:],
        radius=queries.RADIUS_KM,
        found=found,
        page=Page(number, total, PER_PAGE),
        opening=opening_of(session, [item.enterprise.id for item in found if item.enterprise.is_shop]),
    )
