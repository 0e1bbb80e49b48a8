"""One person in front of a browser of their own."""

import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Response

PHONE = {"width": 390, "height": 844}


class Visitor:
    """A browser context: pages that fail, complain or reach beyond the screen are noticed at once."""

    def __init__(
        self, browser: Browser, url: str, *, javascript: bool, width: int, locale: str, address: str, dark: bool = False
    ) -> None:
        self.url, self.javascript = url, javascript
        self.context = browser.new_context(
            viewport={"width": width, "height": PHONE["height"]},
            locale=locale,
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            extra_http_headers={"X-Forwarded-For": address},
        )
        self.context.set_default_timeout(30_000)
        self.complaints: list[str] = []
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._listen(page, message))
        page.on("response", self._notice)
        return page

    def _listen(self, page: Page, message: Any) -> None:
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.complaints.append(f"{page.url}: {message.text}")

    def _notice(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.request.method} {response.url}: {response.status}")

    def open(self, path: str) -> Page:
        """Go to an address; anything but a page is a failure."""
        answer = self.page.goto(path if path.startswith("http") else self.url + path)
        assert answer is not None
        assert answer.status < 400, f"{path}: {answer.status}"
        self.fits()
        return self.page

    def fill(self, **values: str | bool) -> None:
        """Fill the fields of these names: text, a choice of a list or of radio buttons, a tick."""
        for name, value in values.items():
            field = self.page.locator(f"main [name='{name}']:not([type=hidden])")
            kind = field.first.evaluate("field => field.type")
            if isinstance(value, bool):
                field.set_checked(value)
            elif kind == "radio":
                field.and_(self.page.locator(f"[value='{value}']")).check()
            elif kind == "select-one":
                field.select_option(value)
            else:
                field.fill(value)

    def press(self, name: str | re.Pattern[str] = "", *, inside: str = "main, .sticky-bar") -> Page:
        """Press a button or a link and wait for the page it leads to; without a name the one that sends."""
        place = self.page.locator(inside)
        by_name = place.get_by_role("button", name=name).or_(place.get_by_role("link", name=name))
        return self.follow((by_name if name else place.locator("button.button-main, button.button-danger")).first)

    def follow(self, target: Locator) -> Page:
        """Press this and wait for the page it leads to."""
        # A new document replaces the mark: that, and not the address, tells that the page has changed.
        self.page.evaluate("document.documentElement.dataset.before = 'yes'")
        target.click()
        self.page.wait_for_selector("html:not([data-before])", state="attached")
        self.page.wait_for_load_state()
        self.fits()
        return self.page

    def log_in(self, account: dict[str, str]) -> None:
        self.open("/log-in")
        self.fill(email=account["email"], password=account["password"])
        page = self.press()
        assert "/log-in" not in page.url, self.text()

    def text(self) -> str:
        """What the page says, with plain spaces and apostrophes."""
        return plain(self.page.locator("body").inner_text())

    def fits(self) -> None:
        """Nothing reaches beyond the screen."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"


def plain(text: str) -> str:
    """Typographic spaces and apostrophes as a keyboard writes them."""
    return re.sub(r"[ \u00a0\u202f]+", " ", text).replace("’", "'")
