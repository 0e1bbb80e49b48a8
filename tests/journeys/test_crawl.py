"""Every page that a link leads to, as each kind of person: it opens, fits, reads well and is accessible."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError

from tests.journeys.conftest import NewVisitor
from tests.journeys.crawl import Crawl, EnglishLeft, Form, Parsed, Rules, axe_script
from tests.journeys.instance import Instance
from tests.journeys.visitor import Visitor, plain

#: Role, the demo account to log in with, and where to begin.
ROLES = {
    "guest": ("", ["/", "/demo/mails", "/demo/accounts"]),
    "shopper": ("Shopper", ["/account"]),
    "manager": ("Manager", ["/manage"]),
    "farmer": ("Manager, Le Jardin des Saules", ["/manage"]),
    "cooperative": ("Cooperative", ["/cooperative"]),
}
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_LEFTOVERS = re.compile(r"\{\{|\}\}|%\(|\bNone\b|\bundefined\b|\bNaN\b")

_AXE = """async tags => {
    const options = {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"], iframes: false, preload: false};
    const found = await axe.run(options);
    const words = node => `${node.target.join(" ")} (${node.failureSummary.replace(/\\s+/g, " ")})`;
    return found.violations.flatMap(one => one.nodes.map(node => `${one.id}: ${words(node)}`));
}"""
_PAGE = """() => ({
    title: document.title,
    language: document.documentElement.lang,
    headings: [...document.querySelectorAll("h1")].map(h => h.innerText),
    links: [...document.querySelectorAll("a[href]")].map(a => a.href),
    said: [document.title, document.body.innerText,
        ...[...document.querySelectorAll("[aria-label], [alt], [placeholder], [title]")].flatMap(e =>
            ["aria-label", "alt", "placeholder", "title"].map(name => e.getAttribute(name) || ""))].join("\\n"),
    ids: [...document.querySelectorAll("[id]")].map(e => e.id),
})"""


class Looker:
    """Looks at one page after another and keeps what is wrong with each.

    ``axed`` are the rules whose pages have been through the accessibility check, which takes as long as all the rest.
    """

    def __init__(
        self, person: Visitor, rules: Rules, *, language: str, english: EnglishLeft | None, axed: set[str] | None
    ) -> None:
        self.person, self.rules, self.language, self.english, self.axed = person, rules, language, english, axed
        self.axe = axe_script()
        self.faults: list[str] = []

    def look(self, url: str) -> list[str]:
        page = self.person.page
        before = len(self.person.complaints)
        try:
            answer = page.goto(url)
        except PlaywrightError:  # a file to keep, not a page to look at
            answer = None
        if answer is None:
            status = self.person.context.request.get(url).status
            self.faults += [f"{url}: answers {status}"] if status >= 400 else []
            return []
        if answer.status >= 400:
            self.faults.append(f"{url}: answers {answer.status}")
            return []
        if "text/html" not in answer.headers.get("content-type", "text/html"):
            return []
        seen = page.evaluate(_PAGE)
        wrong = [*self._words(seen), *self._shape(seen), *self._barriers(url)]
        wrong += self.person.complaints[before:]
        del self.person.complaints[before:]
        self.faults += [f"{url}: {each}" for each in wrong]
        links: list[str] = seen["links"]
        return [] if _is_mail(url) else links

    def _barriers(self, url: str) -> list[str]:
        rule = self.rules.kind(url).split("?")[0]
        if self.axed is None or rule in self.axed:
            return []
        self.axed.add(rule)
        self.person.page.evaluate(self.axe)
        found: list[str] = self.person.page.evaluate(_AXE, _TAGS)
        return found

    def _words(self, seen: dict[str, Any]) -> list[str]:
        said = plain(seen["said"])
        wrong = [f"shows “{said[max(0, m.start() - 20) : m.end() + 20]!r}”" for m in _LEFTOVERS.finditer(said)]
        if self.english:
            wrong += [f"says in English “{text}”" for text in self.english.found(said)]
        return wrong

    def _shape(self, seen: dict[str, Any]) -> list[str]:
        wrong = []
        if not seen["title"].strip() or seen["title"].startswith("·"):
            wrong.append("has no title")
        if seen["language"] != self.language:
            wrong.append(f"says it is in “{seen['language']}”")
        if len(seen["headings"]) != 1 or not seen["headings"][0].strip():
            wrong.append(f"has the main headings {seen['headings']}")
        twice = {each for each in seen["ids"] if seen["ids"].count(each) > 1}
        if twice:
            wrong.append(f"has the same id twice: {sorted(twice)}")
        wide = self.person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            wrong.append(f"is {wide} px too wide")
        return wrong


@pytest.fixture(scope="session")
def rules(instance: Instance) -> Rules:
    return Rules(instance)


@pytest.fixture(scope="session")
def english() -> EnglishLeft:
    return EnglishLeft()


@pytest.fixture(scope="session")
def axed() -> set[str]:
    """What has been checked by day in the session; a page is the same whoever looks at it."""
    return set()


@pytest.fixture(scope="session")
def everybodys() -> set[str]:
    """Kinds of page that a guest was shown and that are the same for everybody, but for the header."""
    return set()


def _enter(person: Visitor, instance: Instance, role: str) -> list[str]:
    """Log in, or fill a basket as a guest; returns where to begin."""
    account, starts = ROLES[role]
    if account:
        person.log_in(instance.account(account))
        return starts
    person.open("/shops")
    person.follow(
        person.page.locator("main .shop-card").filter(has_text=re.compile("Ouvert|Open now")).locator("a").first
    )
    person.page.locator("main li.product input[type=number]").first.fill("1")
    page = person.press(inside=".sticky-bar")
    basket = page.url.removeprefix(instance.url)
    return [*starts, basket, basket.replace("/basket", "/checkout")]


def _crawl(
    person: Visitor, instance: Instance, rules: Rules, role: str, looker: Looker, *, known: Iterable[str] = ()
) -> set[str]:
    kinds = Crawl(instance.url, rules, looker.look, known=known).run(*_enter(person, instance, role))
    assert len(kinds) > 8
    assert not looker.faults, "\n".join(looker.faults)
    return kinds


@pytest.mark.parametrize("role", list(ROLES))
def test_every_page_is_sound(
    visitor: NewVisitor,
    instance: Instance,
    rules: Rules,
    english: EnglishLeft,
    axed: set[str],
    everybodys: set[str],
    role: str,
) -> None:
    """On a phone, in French: status, title, heading, language, words, width, console, accessibility."""
    person = visitor()
    looker = Looker(person, rules, language="fr", english=english, axed=axed)
    seen = _crawl(person, instance, rules, role, looker, known=everybodys)
    if role == "guest":
        everybodys |= {kind for kind in seen if kind.startswith(("/commons", "/contribution", "/demo/"))}


def test_every_page_is_sound_at_night(visitor: NewVisitor, instance: Instance, rules: Rules) -> None:
    """Dark mode has contrast enough too."""
    person = visitor(dark=True)
    _crawl(person, instance, rules, "guest", Looker(person, rules, language="fr", english=None, axed=set()))


@pytest.mark.parametrize("role", ["guest", "manager"])
def test_every_page_opens_in_english(visitor: NewVisitor, instance: Instance, rules: Rules, role: str) -> None:
    person = visitor(locale="en-GB")
    person.open("/language/en")  # the account is French
    looker = Looker(person, rules, language="en", english=None, axed=None)
    _crawl(person, instance, rules, role, looker)


#: Pages that no link leads to, for a reason.
UNLINKED = {
    "/confirm": "seen after signing up",
    "/confirm/<secret>": "mailed",
    "/password/new/<secret>": "mailed",
    "/password/sent": "seen after asking",
    "/setup": "only before the first page is filled in",
    "/design": "for those who build",
    "/orders/<reference>/<secret>/paid": "the payment service leads there",
    "/manage/<shop>/payments/card": "the payment service leads there",
    "/manage/<shop>/products/import/<int:import_id>": "seen after an upload",
    "/cooperative/months/<period>/close": "only while a month waits to be closed",
    "/cooperative/peers/new": "seen after an address that does not answer",
    "/demo/mails/<int:mail_id>/body": "framed by the page of the mail",
    "/demo/mails/<int:mail_id>/files/<int:place>": "only of a mail that carries a file",
    "/manage/<shop>/contribution/purchases": "only for shops that give a part of their margin",
    "/cooperative/peers/<int:peer_id>/pulls/<int:pull_id>": "only where something was refused",
    "/cooperative/months/<period>/closing": "only while a month is being closed",
    "/cooperative/receipts/import/<int:file_id>": "seen after an upload",
    "/cooperative/receipts/lines/<int:line_id>": "only where money waits to be placed",
    "/cooperative/receipts/debits/<reference>": "seen after a file was prepared",
    "/cooperative/receipts/debits/<reference>.xml": "seen after a file was prepared",
    "/manage/<shop>/contribution/invoices/<number>/paid": "the payment service leads there",
}


def test_every_page_works_without_script(visitor: NewVisitor, instance: Instance, rules: Rules) -> None:
    """Every link answers; every form can be sent and proves where it comes from; every page has a link to it."""
    faults: list[str] = []
    reached: set[str] = set()
    for role in ROLES:
        person = visitor(javascript=False)
        starts = _enter(person, instance, role)
        reached |= Crawl(instance.url, rules, lambda url, by=person: _read(by, url, faults)).run(*starts)
    assert not faults, "\n".join(faults)
    unseen = rules.pages() - {kind.split("?")[0] for kind in reached} - set(UNLINKED)
    assert sorted(page for page in unseen if not page.startswith("/api/")) == []  # programs follow no links


def _read(person: Visitor, url: str, faults: list[str]) -> list[str]:
    """Open a page as a browser without script does; returns its links."""
    answer = person.context.request.get(url)
    if answer.status >= 400:
        faults.append(f"{url}: answers {answer.status}")
    if "text/html" not in answer.headers.get("content-type", ""):
        return []
    parsed = Parsed(answer.text())
    for form in parsed.forms:
        faults.extend(f"{url}: a form {each}" for each in _faults_of(form, parsed, url, person))
    return [] if _is_mail(url) else parsed.links


def _is_mail(url: str) -> bool:
    """A mail leads to what is its reader's alone."""
    return "/demo/mails/" in url


def _faults_of(form: Form, parsed: Parsed, url: str, person: Visitor) -> list[str]:
    wrong = []
    if not form.has_button and form.id not in parsed.buttons_for:
        wrong.append(f"to {form.action!r} has no button")
    if form.posts:
        if "csrf_token" not in form.names:
            wrong.append(f"to {form.action!r} carries no token")
    elif (status := person.context.request.get(form.address(url)).status) >= 400:
        wrong.append(f"to {form.address(url)} answers {status}")
    return wrong
