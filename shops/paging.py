"""Pages of a long list, and the query words that ask for one."""

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

    @staticmethod
    def url(number: int) -> str:
        """The address of another page of the list on show."""
        return here(page=number if number > 1 else None)


def asked_page() -> int:
    """The page's number in the address, 1 if there is none or it is nonsense."""
    typed = request.args.get("page", "")
    return max(1, int(typed)) if typed.isdecimal() and len(typed) < 6 else 1


def asked_words(name: str = "q", most: int = 80) -> str:
    """What was typed into a search field, without what no database can look for."""
    return " ".join("".join(c for c in request.args.get(name, "") if c.isprintable())[:most].split())
