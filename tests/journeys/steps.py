"""What people do on many pages, in the words of the page."""

import re
import time
import unicodedata
from dataclasses import dataclass
from itertools import count

from playwright.sync_api import Page, expect

from tests.journeys.visitor import Visitor

_number = count(1)
_began = f"{int(time.time()) % 1_000_000:06}"


@dataclass(frozen=True)
class Person:
    """Somebody new, whose address nobody used before."""

    name: str
    email: str
    password: str = "une-phrase-que-moi-seul-dirais"

    @property
    def account(self) -> dict[str, str]:
        return {"email": self.email, "password": self.password}


def somebody(name: str) -> Person:
    """A person of this name; the address differs each time, and has no accents: browsers refuse them."""
    first = unicodedata.normalize("NFKD", name.split(maxsplit=1)[0].lower()).encode("ascii", "ignore").decode()
    return Person(name, f"{first}.{_began}{next(_number)}@example.org")


def sign_up(visitor: Visitor, person: Person) -> None:
    """Sign up, confirm from the mail, log in."""
    visitor.open("/sign-up")
    visitor.fill(name=person.name, email=person.email, password=person.password)
    visitor.press()
    # As a mail program opens a link: a click beside the framed mail may land in its frame while the page scrolls.
    link = read_mail(visitor, person.email).locator("main a[href*='/confirm/']").first.get_attribute("href")
    visitor.open(str(link))
    visitor.press()
    visitor.log_in(person.account)


def set_up(visitor: Visitor, *, name: str, country: str, person: Person) -> None:
    """The first page of an empty instance."""
    visitor.open("/setup")
    visitor.fill(name=name, country=country, administrator=person.name, email=person.email, password=person.password)
    visitor.press()


def read_mail(visitor: Visitor, recipient: str, subject: str | re.Pattern[str] = "") -> Page:
    """Open the newest mail to somebody, once the worker has sent it."""
    page = visitor.page
    mail = page.locator("main table").get_by_role("link", name=subject or re.compile("")).first
    deadline = time.monotonic() + 60
    visitor.open(f"/demo/mails?to={recipient}")
    while not mail.count():
        assert time.monotonic() < deadline, f"no mail “{subject}” to {recipient}"
        page.wait_for_timeout(200)
        visitor.open(f"/demo/mails?to={recipient}")
    visitor.follow(mail)
    expect(page.locator("main iframe")).to_be_visible()
    return page
