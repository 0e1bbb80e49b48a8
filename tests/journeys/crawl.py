"""Following every link, as far as one page of each kind."""

import re
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from babel.messages.pofile import read_po

from tests.journeys.instance import ROOT, Instance
from tests.journeys.visitor import plain

#: Addresses that are no pages to look at, or that change what every later page shows.
_NOT_FOLLOWED = re.compile(r"^/(static/|language/|log-out|federation/|nodeinfo/|\.well-known/|healthz|readyz)")
MOST_PAGES = 150


class Rules:
    """Which address belongs to which rule, so that one page of each kind is enough."""

    def __init__(self, instance: Instance) -> None:
        self.patterns: list[tuple[str, re.Pattern[str]]] = []
        for line in instance.flask("routes", "--sort", "rule").splitlines():
            found = re.match(r"\S+\s+(?P<methods>[A-Z, ]*GET[A-Z, ]*?)\s+(?P<rule>/\S*)$", line.rstrip())
            if found:
                rule = found["rule"]
                parts = re.split(r"(<[^>]+>)", rule)
                body = "".join(_placeholder(part) if part.startswith("<") else re.escape(part) for part in parts)
                self.patterns.append((rule, re.compile(body + "$")))
        # The most words of its own first: /new before /<shop>, <period>.pdf before <period>.
        self.patterns.sort(key=lambda each: len(re.sub("<[^>]+>", "", each[0])), reverse=True)

    def kind(self, url: str) -> str:
        """The rule of an address with the names of its query values."""
        address = urlsplit(url)
        rule = next((rule for rule, pattern in self.patterns if pattern.match(address.path)), address.path)
        names = ",".join(sorted({name for name, _value in parse_qsl(address.query)}))
        return f"{rule}?{names}" if names else rule

    def pages(self) -> set[str]:
        """Every rule that people may open."""
        return {rule for rule, _pattern in self.patterns if not _NOT_FOLLOWED.match(rule)}


def _placeholder(part: str) -> str:
    if part.startswith("<path:"):
        return ".+"
    return r"\d+" if part.startswith("<int:") else "[^/]+"


class Crawl:
    """Breadth first from some addresses; ``look`` is called for one page of each kind and returns its links.

    Kinds in ``known`` were looked at before, and are not again.
    """

    def __init__(self, base: str, rules: Rules, look: Callable[[str], list[str]], *, known: Iterable[str] = ()) -> None:
        self.base, self.rules, self.look, self.known = base, rules, look, frozenset(known)
        self.seen: dict[str, str] = {}

    def run(self, *starts: str) -> set[str]:
        """Returns the kinds of page seen."""
        waiting = [self.base + start for start in starts]
        while waiting and len(self.seen) < MOST_PAGES:
            url = waiting.pop(0)
            kind = self.rules.kind(url)
            if kind in self.seen or kind in self.known:
                continue
            self.seen[kind] = url
            for link in self.look(url):
                target = urljoin(url, link).split("#")[0]
                inside = target.startswith(self.base + "/") and not _NOT_FOLLOWED.match(target.removeprefix(self.base))
                if inside and self.rules.kind(target) not in self.seen:
                    waiting.append(target)
        return set(self.seen)


class Parsed(HTMLParser):
    """Links and forms of a page, as a browser without JavaScript meets them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.buttons_for: set[str] = set()
        self._open: Form | None = None
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self._open = Form(given)
            self.forms.append(self._open)
        elif tag in ("input", "select", "textarea", "button"):
            self._control(tag, given)
        elif (
            tag == "option"
            and self._open
            and self._select
            and ("selected" in given or self._select not in self._open.values)
        ):
            self._open.values[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""

    def _control(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "submit" if tag == "button" else "text")
        if kind in ("submit", "image") and tag in ("button", "input"):
            if "form" in given:
                self.buttons_for.add(given["form"])
            elif self._open:
                self._open.has_button = True
        if self._open is None or not given.get("name"):
            return
        self._open.names.add(given["name"])
        if tag == "select":
            self._select = given["name"]
        elif kind not in ("checkbox", "radio", "submit", "file") or "checked" in given:
            self._open.values[given["name"]] = given.get("value", "")


class Form:
    """One form: where it leads and what it would send untouched."""

    def __init__(self, given: dict[str, str]) -> None:
        self.id, self.action = given.get("id", ""), given.get("action", "")
        self.posts = given.get("method", "get").lower() == "post"
        self.names: set[str] = set()
        self.values: dict[str, str] = {}
        self.has_button = False

    def address(self, page: str) -> str:
        """Where a form that only asks would lead."""
        target = urljoin(page, self.action or urlsplit(page).path)
        return f"{target.split('?')[0]}?{urlencode(self.values)}" if self.values else target


class EnglishLeft:
    """English sentences of the catalogue that a French page must not show."""

    def __init__(self) -> None:
        with (ROOT / "translations/fr/LC_MESSAGES/messages.po").open("rb") as file:
            catalogue = read_po(file, locale="fr")
        french = {plain(str(text)) for message in catalogue for text in _strings(message.string)}
        pieces = {piece for message in catalogue if message.id for piece in _pieces(_strings(message.id))}
        wanted = {piece for piece in pieces if not any(piece in text for text in french)}
        self.pattern = re.compile(
            "|".join(rf"(?<!\w){re.escape(p)}(?!\w)" for p in sorted(wanted, key=len, reverse=True))
        )

    def found(self, text: str) -> list[str]:
        return sorted({match[0] for match in self.pattern.finditer(plain(text))})


def _strings(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, (tuple, list)) else [str(value or "")]


def _pieces(messages: list[str]) -> Iterator[str]:
    """The parts of English sentences between what is filled in, long enough not to be French by chance."""
    for message in messages:
        for part in re.split(r"%\(\w+\)[a-z]|%%", plain(message)):
            if len(piece := part.strip(" .,:;·()–")) > 12:
                yield piece


def axe_script() -> str:
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
