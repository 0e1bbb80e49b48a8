"""Whole pages kept ready for visitors who have neither an account open nor a basket, and documents that never change.

A layer in front of Flask answers them from memory. A kept page is never old: before each answer the version that its
view named is compared with the one in the database, which every change of what the page shows raises in its own
transaction. There is no lifetime to wait for, in this process or another. What differs between visitors is only the
form token, see :mod:`coopcircuits.visitor`; it is filled in.
"""

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import dump_cookie, parse_accept_header, parse_cookie

from coopcircuits import clock, i18n, language, visitor
from coopcircuits.config import Settings
from coopcircuits.row_version import RowVersions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_WISH = "coopcircuits.page_cache"
_MOST_BYTES = 64 * 1024 * 1024
_MOST_BYTES_A_PAGE = 2 * 1024 * 1024
_OF_THE_BODY = ("Content-Type", "Content-Length")
#: Not part of what is kept; the server gives each answer its own date.
_OF_THE_MOMENT = ("Set-Cookie", "Date")


@dataclass(frozen=True)
class _Wish:
    """What a view said of its answer: it may be shown again while ``subject`` has this version, until that moment.

    What has no subject never changes.
    """

    subject: int | None
    version: int
    until: datetime


def keep(*, subject: int, version: int, until: datetime) -> None:
    """Called by a view whose page is the same for everybody: show it again until something changes.

    ``version`` must be read before anything else that the page shows; ``until`` is the next moment at which the page
    changes by itself.
    """
    request.environ[_WISH] = _Wish(subject, version, until)


def keep_for_ever() -> None:
    """Called by a view whose answer can never be another one."""
    request.environ[_WISH] = _Wish(None, 0, datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True)
class _Page:
    """A kept answer: its body cut where the form token goes; a body without token has an ``etag`` instead."""

    wish: _Wish
    headers: Sequence[tuple[str, str]]
    parts: Sequence[bytes]
    etag: str

    @property
    def language(self) -> str | None:
        """The language that it is written in; nothing for a document without one."""
        return next((value for name, value in self.headers if name == "Content-Language"), None)

    @property
    def size(self) -> int:
        return sum(map(len, self.parts)) + 1024


#: Path, query, language.
_Key = tuple[str, str, str]


class PageCache:
    """The layer. ``personal`` are the cookies whose bearers always get a page of their own."""

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        versions: RowVersions,
        settings: Settings,
        personal: Sequence[str],
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._app = app
        self._versions = versions
        self._settings = settings
        self._personal = [f"{name}=" for name in personal]
        self._most_bytes = most_bytes
        self._pages: OrderedDict[_Key, _Page] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        cookies = environ.get("HTTP_COOKIE", "")
        if environ["REQUEST_METHOD"] != "GET" or any(name in cookies for name in self._personal):
            return self._app(environ, start_response)
        jar = parse_cookie(cookies) if cookies else {}
        chosen = jar.get(language.COOKIE, "")
        if chosen not in i18n.LANGUAGES:
            chosen = _preferred(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        key = (environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""), chosen)
        page = self._current(key)
        if page is None:
            return self._ask(key, jar, environ, start_response)
        return self._answer(page, jar, environ, start_response)

    def _current(self, key: _Key) -> _Page | None:
        """The kept page of an address, if it still is what the database would give."""
        page = self._pages.get(key)
        if page is None or clock.now() >= page.wish.until:
            return None
        subject = page.wish.subject
        if subject is not None and self._versions.current(subject) != page.wish.version:
            return None
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
        return page

    def _answer(
        self, page: _Page, jar: Any, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        headers = list(page.headers)
        if page.etag:
            if page.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
                start_response("304 NOT MODIFIED", [h for h in headers if h[0] not in _OF_THE_BODY])
                return []
            start_response("200 OK", headers)
            return list(page.parts)
        known = jar.get(visitor.COOKIE, "")
        if not _is_visitor(known):
            known = secrets.token_urlsafe(24)
            headers.append(("Set-Cookie", _visitor_cookie(known, secure=self._settings.is_https)))
        start_response("200 OK", headers)
        return [visitor.token_of(known, self._settings.secret_key).encode().join(page.parts)]

    def _ask(self, key: _Key, jar: Any, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Let Flask make the page, and keep it where its view wishes so."""
        started: list[Any] = []

        def note(*arguments: Any) -> Any:
            started[:] = arguments
            return _no_write

        body = self._app(environ, note)
        wish: _Wish | None = environ.get(_WISH)
        status, headers = started[0], started[1]
        if wish is None or not status.startswith("200"):
            start_response(*started)
            return body
        try:
            whole = b"".join(body)
        finally:
            if hasattr(body, "close"):
                body.close()
        page = self._page(wish, headers, whole, jar.get(visitor.COOKIE, ""))
        if page is not None and page.language in (key[2], None):
            self._put(key, page)
        start_response(*started)
        return [whole]

    def _page(self, wish: _Wish, headers: Sequence[tuple[str, str]], body: bytes, known: str) -> _Page | None:
        """The answer as it can be kept; ``None`` if it gives this visitor more than a visitor cookie."""
        for name, value in headers:
            if name == "Set-Cookie":
                fresh = parse_cookie(value).get(visitor.COOKIE)
                if fresh is None:
                    return None
                known = fresh
        parts = body.split(visitor.token_of(known, self._settings.secret_key).encode())
        kept = [header for header in headers if header[0] not in _OF_THE_MOMENT]
        etag = next((value for name, value in kept if name == "ETag"), "")
        if len(parts) == 1 and not etag:
            etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
            kept.append(("ETag", etag))
        return _Page(wish, kept, parts, etag)

    def _put(self, key: _Key, page: _Page) -> None:
        if page.size > _MOST_BYTES_A_PAGE:
            return
        with self._lock:
            if old := self._pages.pop(key, None):
                self._bytes -= old.size
            self._pages[key] = page
            self._bytes += page.size
            while self._bytes > self._most_bytes:
                _, oldest = self._pages.popitem(last=False)
                self._bytes -= oldest.size


@lru_cache(maxsize=1024)
def _preferred(accepted: str) -> str:
    """The language that a browser asks for, as :mod:`coopcircuits.language` chooses it."""
    wanted = parse_accept_header(accepted, LanguageAccept)
    return wanted.best_match(list(i18n.LANGUAGES)) or i18n.DEFAULT


def _is_visitor(value: str) -> bool:
    return 20 <= len(value) <= 64 and value.isascii()


def _visitor_cookie(value: str, *, secure: bool) -> str:
    """The cookie as :func:`coopcircuits.visitor.keep_cookie` sets it; ``value`` is a token that needs no quotes."""
    before, after = _around_cookie(secure, int(clock.now().timestamp()) // 3600)
    return f"{before}{value}{after}"


@lru_cache(maxsize=2)
def _around_cookie(secure: bool, _hour: int) -> tuple[str, str]:
    """Made once an hour, by which the date in it, meant for old browsers, may be early: it takes half of an answer."""
    made = dump_cookie(
        visitor.COOKIE, "VALUE", max_age=visitor._AGE, httponly=True, samesite="Lax", secure=secure, path="/"
    )
    before, _, after = made.partition("VALUE")
    return before, after


def _no_write(_data: bytes) -> None:
    raise RuntimeError("pages return their body")
