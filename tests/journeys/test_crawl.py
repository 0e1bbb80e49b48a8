"""Every page that a link leads to, as each kind of person: it opens, fits, reads well and is accessible."""

import re
from typing import Any

import pytest

from tests.journeys.conftest import NewVisitor
from tests.journeys.crawl import Crawl, EnglishLeft, Form, Parsed, Rules, axe_script
from tests.journeys.instance import Instance
from tests.journeys.visitor import Visitor, plain

#: Role, the demo account to log in with, and where to begin.
ROLES = {
    "guest": ("", ["/", "/demo/mails", "/demo/accounts"]),
    "shopper": ("Shopper", ["/account"]),
    "manager": ("Manager", ["/manage"]),
    "cooperative": ("Cooperative", ["/cooperative"]),
}
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_LEFTOVERS = re.compile(r"\{\{|\}\}|%\(|\bNone\b|\bundefined\b|\bNaN\b")

_AXE = """async tags => {
    const found = await axe.run({runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
    return found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(" ")} (${n.failureSummary})`));
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
    """Looks at one page after another and keeps what is wrong with each."""

    def __init__(self, person: Visitor, *, language: str, english: EnglishLeft | None, axe: str) -> None:
        self.person, self.language, self.english, self.axe = person, language, english, axe
        self.faults: list[str] = []

    def look(self, url: str) -> list[str]:
        page = self.person.page
        before = len(self.person.complaints)
        answer = page.goto(url)
        assert answer is not None
        if answer.status >= 400:
            self.faults.append(f"{url}: answers {answer.status}")
            return []
        if "text/html" not in answer.headers.get("content-type", "text/html"):
            return []
        seen = page.evaluate(_PAGE)
        wrong = [*self._words(seen), *self._shape(seen)]
        if self.axe:
            page.evaluate(self.axe)
            wrong += page.evaluate(_AXE, _TAGS)
        wrong += self.person.complaints[before:]
        del self.person.complaints[before:]
        self.faults += [f"{url}: {each}" for each in wrong]
        links: list[str] = seen["links"]
        return links

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


def _crawl(person: Visitor, instance: Instance, rules: Rules, role: str, looker: Looker) -> set[str]:
    account, starts = ROLES[role]
    if account:
        person.log_in(instance.account(account))
    return Crawl(instance.url, rules, looker.look).run(*starts)


@pytest.mark.parametrize("role", list(ROLES))
def test_every_page_is_sound(
    visitor: NewVisitor, instance: Instance, rules: Rules, english: EnglishLeft, role: str
) -> None:
    """On a phone, in French: status, title, heading, language, words, width, console, accessibility."""
    person = visitor()
    looker = Looker(person, language="fr", english=english, axe=axe_script())
    kinds = _crawl(person, instance, rules, role, looker)
    assert len(kinds) > 8
    assert looker.faults == []


def test_every_page_is_sound_at_night(visitor: NewVisitor, instance: Instance, rules: Rules) -> None:
    """Dark mode has contrast enough too."""
    person = visitor(dark=True)
    looker = Looker(person, language="fr", english=None, axe=axe_script())
    _crawl(person, instance, rules, "guest", looker)
    assert looker.faults == []


@pytest.mark.parametrize("role", ["guest", "manager"])
def test_every_page_opens_in_english(visitor: NewVisitor, instance: Instance, rules: Rules, role: str) -> None:
    person = visitor(locale="en-GB")
    if account := ROLES[role][0]:
        _log_in_in_english(person, instance.account(account))
    looker = Looker(person, language="en", english=None, axe="")
    kinds = Crawl(instance.url, rules, looker.look).run(*ROLES[role][1])
    assert len(kinds) > 8
    assert looker.faults == []


def _log_in_in_english(person: Visitor, account: dict[str, str]) -> None:
    page = person.open("/language/en?next=/log-in")
    page.get_by_label("E-mail address").fill(account["email"])
    page.get_by_label("Password", exact=True).fill(account["password"])
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/log-in" not in url)


@pytest.mark.parametrize("role", list(ROLES))
def test_every_page_works_without_script(visitor: NewVisitor, instance: Instance, rules: Rules, role: str) -> None:
    """Every link answers; every form leads somewhere, can be sent, and proves where it comes from."""
    person, faults = visitor(javascript=False), []

    def look(url: str) -> list[str]:
        answer = person.context.request.get(url)
        if answer.status >= 400:
            faults.append(f"{url}: answers {answer.status}")
        if "text/html" not in answer.headers.get("content-type", ""):
            return []
        parsed = Parsed(answer.text())
        for form in parsed.forms:
            faults.extend(f"{url}: a form {each}" for each in _faults_of(form, parsed, url, person))
        return parsed.links

    kinds = set()
    account, starts = ROLES[role]
    if account:
        person.log_in(instance.account(account))
    kinds = Crawl(instance.url, rules, look).run(*starts)
    assert len(kinds) > 8
    assert faults == []


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
