"""What every template may use: texts, money, dates, addresses of files, menus."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal
from flask import Flask, current_app, request, url_for
from jinja2 import StrictUndefined
from markupsafe import Markup

from coopcircuits import clock, i18n, money, visitor
from coopcircuits.site import site

STATIC = Path(__file__).resolve().parent / "static"


@dataclass(frozen=True)
class MenuItem:
    """One entry of a menu; ``label`` is already in the reader's language, ``post`` makes it a button that posts.

    Of lower ``rank`` is earlier; equal ones come in the order of the floors.
    """

    label: str
    url: str
    icon: str = ""
    post: bool = False
    rank: int = 0
    #: Leads to the page on show, or to the nearest one above it.
    current: bool = False

    @property
    def is_above(self) -> bool:
        """Whether the page on show is this one or lies below it."""
        return request.path == self.url or (self.url != "/" and request.path.startswith(self.url + "/"))


#: Called per page; floors add theirs in ``init_app``, so that a lower floor never names an upper one.
MenuSource = Callable[[], list[MenuItem]]


def add_to_menu(app: Flask, name: str, source: MenuSource) -> None:
    """Let a floor fill a menu (``main``, ``account``, ``cooperative``, ``shop``)."""
    app.extensions.setdefault("menus", {}).setdefault(name, []).append(source)


def menu(app: Flask, name: str) -> list[MenuItem]:
    """Entries of a menu, by rank; actions come after pages."""
    items = [item for source in app.extensions.get("menus", {}).get(name, []) for item in source()]
    nearest = max((item.url for item in items if item.is_above), key=len, default=None)
    items = [replace(item, current=item.url == nearest) for item in items]
    return sorted(items, key=lambda item: (item.post, item.rank))


#: A part of a page that a higher floor fills in; empty when there is nothing to show.
SectionSource = Callable[[], Markup | None]


def add_section(app: Flask, page: str, source: SectionSource) -> None:
    """Let a floor fill a part of a lower floor's page."""
    app.extensions.setdefault("sections", {}).setdefault(page, []).append(source)


def sections(page: str) -> list[Markup]:
    """The parts of a page, in the order of the floors."""
    return [part for source in current_app.extensions.get("sections", {}).get(page, []) if (part := source())]


@lru_cache(maxsize=4096)
def _money_text(minor: int, currency: str, language: str) -> str:
    return format_currency(money.to_decimal(minor, currency), currency, locale=language)


def money_text(minor: int, currency: str) -> str:
    """``1250`` as "12,50 €"."""
    return _money_text(minor, currency, i18n.language())


def day_text(moment: datetime | date, zone: str = "UTC") -> str:
    """ "jeudi 26 novembre"; the year is added where it is not the present one."""
    day = clock.local_date(moment, zone) if isinstance(moment, datetime) else moment
    year = "" if day.year == clock.local_date(clock.now(), zone).year else " y"
    pattern = f"EEEE d MMMM{year}"
    text: str = format_date(day, pattern, locale=i18n.locale())
    return text


def time_text(moment: datetime, zone: str) -> str:
    """ "20 h", "17 h 30" in French, "8:00 PM" in English."""
    local = clock.local(moment, zone)
    if i18n.language() == "fr":
        return f"{local.hour}\u00a0h\u00a0{local.minute:02d}" if local.minute else f"{local.hour}\u00a0h"
    text: str = format_time(local, "short", locale=i18n.locale())
    return text


def when_text(moment: datetime, zone: str) -> str:
    """ "jeudi 26 novembre à 20 h"."""
    return i18n.gettext("%(day)s at %(time)s", day=day_text(moment, zone), time=time_text(moment, zone))


def short_date(moment: datetime | date, zone: str = "UTC") -> str:
    """ "26/11/2026"."""
    day = clock.local_date(moment, zone) if isinstance(moment, datetime) else moment
    text: str = format_date(day, "short" if i18n.language() == "en" else "dd/MM/y", locale=i18n.locale())
    return text


def short_moment(moment: datetime, zone: str) -> str:
    """ "26 nov. 2026, 20:00", for tables."""
    text: str = format_datetime(clock.local(moment, zone), "d MMM y, HH:mm", locale=i18n.locale())
    return text


def month_text(period: str) -> str:
    """ "2026-10" as "octobre 2026"."""
    year, number = period.split("-")
    text: str = format_date(date(int(year), int(number), 1), "MMMM y", locale=i18n.locale())
    return text


def number_text(value: Any) -> str:
    """A number with the reader's separators."""
    text: str = format_decimal(value, locale=i18n.locale())
    return text


def rate_text(basis_points: int) -> str:
    """``550`` as "5,5 %"."""
    number = number_text(money.to_decimal(basis_points, "EUR").normalize())
    return f"{number}\u202f%" if i18n.language() == "fr" else f"{number}%"


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Address of a static file that changes with its content, so that browsers may keep it for ever."""
    try:
        return f"/static/{name}?v={_fingerprint(name)}"
    except FileNotFoundError:
        return f"/static/{name}"


def render(template: str, **context: Any) -> str:
    """A template rendered outside a page, for mails and documents: no request is needed."""
    shared = {"locale": i18n.language(), "text_direction": i18n.locale().text_direction, "site": site()}
    return current_app.jinja_env.get_template(template).render(**{**shared, **context})


def csrf_input() -> Markup:
    """The hidden field that every form posting here carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(visitor.form_token())


def here(**changes: Any) -> str:
    """The address of this page with some query values changed (``None`` removes one)."""
    arguments: dict[str, Any] = {**request.args.to_dict(), **(request.view_args or {}), **changes}
    return url_for(request.endpoint or "coopcircuits.home", **{k: v for k, v in arguments.items() if v is not None})


def init_app(app: Flask) -> None:
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(i18n.gettext, i18n.plural_form, newstyle=True, pgettext=i18n.pgettext)  # type: ignore[attr-defined]  # added by the extension
    env.globals["_"] = i18n.gettext
    env.trim_blocks = env.lstrip_blocks = True
    env.filters.update(
        money=money_text,
        day=day_text,
        when=when_text,
        time_of_day=time_text,
        short_date=short_date,
        short_moment=short_moment,
        month=month_text,
        number=number_text,
        rate=rate_text,
    )
    env.globals.update(asset=asset, csrf_input=csrf_input, here=here, languages=list(i18n.LANGUAGES.items()))
    env.globals.update(
        page_sections=sections, menu=lambda name="main": menu(app, name), account_menu=lambda: menu(app, "account")
    )

    @app.context_processor
    def _reader() -> dict[str, Any]:
        locale = i18n.locale()
        return {"locale": i18n.language(), "text_direction": locale.text_direction, "now": clock.now()}
