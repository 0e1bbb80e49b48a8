"""What addresses of the API have in common: JSON made from declared shapes, and lists read page by page."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
from flask import Response, request

from coopcircuits.doors import settings
from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_

#: The most that one answer lists.
MOST = 100

R = TypeVar("R")


@dataclass(frozen=True)
class Asked:
    """What was asked of a list: at most ``limit`` rows after ``cursor`` (empty: from the start)."""

    limit: int
    cursor: str
    filters: dict[str, str]

    @property
    def after_id(self) -> int | None:
        """The cursor of a list that is ordered by id."""
        if not self.cursor:
            return None
        if not re.fullmatch(r"\d{1,9}", self.cursor, re.ASCII):
            raise _bad_cursor()
        return int(self.cursor)

    @property
    def after_month(self) -> str | None:
        """The cursor of a list of months."""
        if self.cursor and not re.fullmatch(r"\d{4}-\d\d", self.cursor, re.ASCII):
            raise _bad_cursor()
        return self.cursor or None

    def cut(self, rows: Sequence[R], cursor_of: Callable[[R], object]) -> tuple[Sequence[R], str]:
        """The page's part of ``limit`` + 1 rows, and where the next page starts; empty if this is the last."""
        shown = rows[: self.limit]
        return shown, str(cursor_of(shown[-1])) if len(rows) > self.limit else ""


def asked(*filters: str) -> Asked:
    """The request's parameters; a misspelled one is refused, for it would answer more than was asked."""
    given = request.args.to_dict()
    for name in given:
        if name not in ("limit", "cursor", *filters):
            raise InvalidInput(N_("There is no parameter %(name)s here."), name=name)
    limit = given.pop("limit", str(MOST))
    if not re.fullmatch(r"\d{1,3}", limit, re.ASCII) or not 1 <= int(limit) <= MOST:
        raise InvalidInput(N_("The parameter limit is a number from 1 to %(most)s."), most=MOST)
    return Asked(int(limit), given.pop("cursor", ""), given)


def document(value: msgspec.Struct, *, following: str = "") -> Response:
    """An answer; ``following`` is the cursor of the next page, whose address goes into the header Link (RFC 8288)."""
    answer = Response(msgspec.json.encode(value), mimetype="application/json")
    if following:
        query = urlencode({**request.args.to_dict(), "cursor": following})
        answer.headers["Link"] = f'<{settings().base_url}{request.path}?{query}>; rel="next"'
    return answer


def _bad_cursor() -> InvalidInput:
    return InvalidInput(N_("This cursor is unknown: take it from the address of the next page."))
