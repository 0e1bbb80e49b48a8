"""What an address asks for: a page of a long list, words to look for, a number."""

import re
from dataclasses import dataclass

from flask import request

from coopcircuits.templating import here


@dataclass(frozen=True)
class Page:
    """One page of ``total`` things."""

    number: int
    total: int
    per_page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))

    @property
    def skipped(self) -> int:
        """How many things come before this page."""
        return (self.number - 1) * self.per_page

    @staticmethod
    def url(number: int) -> str:
        """The address of another page of the list on show."""
        return here(page=number if number > 1 else None)


def asked_page() -> int:
    """The page's number in the address, 1 if there is none or it is nonsense."""
    return max(1, whole_number(request.args.get("page", "")) or 1)


def page_of(total: int, per_page: int) -> Page:
    """The page that the address asks for, or the last there is."""
    last = Page(1, total, per_page).pages
    return Page(min(asked_page(), last), total, per_page)


def asked_words(name: str = "q", most: int = 80) -> str:
    """What was typed into a search field, without what no database can look for."""
    return " ".join("".join(c for c in request.args.get(name, "") if c.isprintable())[:most].split())


def whole_number(typed: str) -> int | None:
    """A number that an address or a form names; ``None`` for what no database can look for."""
    return int(typed) if re.fullmatch(r"\d{1,9}", typed, re.ASCII) else None
