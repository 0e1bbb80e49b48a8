"""The layer of kept pages by itself: what it keeps, what it never keeps, and how much."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from coopcircuits import clock
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.page_cache import _WISH, PageCache, _Wish
from coopcircuits.row_version import RowVersions


class Origin:
    """An application that counts how often it is asked, and wishes its answers kept."""

    def __init__(self) -> None:
        self.asked, self.size, self.status, self.cookie, self.tag = 0, 10, 200, "", ""
        self.wish: _Wish | None = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        request = Request(environ)
        environ[_WISH] = self.wish or _Wish(1, 0, clock.now() + timedelta(hours=1))
        response = Response(request.path.ljust(self.size, "."), self.status, {"Content-Language": "fr"})
        if self.tag:
            response.headers["ETag"] = self.tag
        if self.cookie:
            response.set_cookie(self.cookie, "x")
        return response(environ, start_response)


class SameVersion:
    """Every row is at version 0, unless the database is away."""

    answers: int | None = 0

    def current(self, subject: int) -> int | None:
        return self.answers


@pytest.fixture
def origin() -> Origin:
    return Origin()


@pytest.fixture
def versions() -> SameVersion:
    return SameVersion()


@pytest.fixture
def layer(origin: Origin, versions: SameVersion, tmp_path: Any) -> Client:
    settings = Settings.from_environment({}, var_dir=str(tmp_path), secret_key="for tests only")
    cache = PageCache(
        origin,
        versions=versions,  # type: ignore[arg-type]  # stands in for the database
        settings=settings,
        personal=["session"],
        most_bytes=10_000,
    )
    return Client(cache, use_cookies=False)


def test_memory_is_bounded_and_the_page_unused_for_longest_goes_first(layer: Client, origin: Origin) -> None:
    origin.size = 1_000
    for path in ("/a", "/b", "/c", "/d", "/a", "/e"):
        layer.get(path)
    assert origin.asked == 5
    layer.get("/a")
    assert origin.asked == 5
    layer.get("/b")
    assert origin.asked == 6


@pytest.mark.parametrize(("method", "headers"), [("POST", {}), ("HEAD", {}), ("GET", {"Cookie": "a=b; session=mine"})])
def test_only_plain_reading_is_answered(layer: Client, origin: Origin, method: str, headers: dict[str, str]) -> None:
    layer.get("/")
    layer.open("/", method=method, headers=headers)
    assert origin.asked == 2


def test_errors_and_answers_with_cookies_are_not_kept(layer: Client, origin: Origin) -> None:
    for origin.status, origin.cookie in ((404, ""), (200, "session")):
        before = origin.asked
        for _ in range(2):
            layer.get("/")
        assert origin.asked == before + 2


def test_another_language_than_the_one_asked_for_is_not_kept(layer: Client, origin: Origin) -> None:
    for _ in range(2):
        layer.get("/", headers={"Accept-Language": "en"})
    assert origin.asked == 2


def test_while_the_database_does_not_answer_nothing_old_is_shown(
    layer: Client, origin: Origin, versions: SameVersion
) -> None:
    layer.get("/")
    versions.answers = None
    layer.get("/")
    assert origin.asked == 2


def test_a_kept_page_ends_at_its_moment(layer: Client, origin: Origin) -> None:
    layer.get("/")
    with clock.travel(clock.now() + timedelta(hours=1)):
        layer.get("/")
    assert origin.asked == 2


def test_a_version_is_the_committed_one(database: Database) -> None:
    versions = RowVersions(database, table="cooperative", key="id", column="id")
    assert versions.current(1) == 1
    assert versions.current(2) == 0
    broken = RowVersions(database, table="nothing", key="id", column="id")
    assert broken.current(1) is None
    assert broken.current(1) is None


def test_what_never_changes_needs_no_version_and_keeps_its_own_tag(
    layer: Client, origin: Origin, versions: SameVersion
) -> None:
    origin.wish, origin.tag = _Wish(None, 0, datetime.max.replace(tzinfo=UTC)), '"signed"'
    first = layer.get("/")
    versions.answers = None  # the database is away
    again = layer.get("/")
    assert origin.asked == 1
    assert (again.data, again.headers.getlist("ETag")) == (first.data, ['"signed"'])
    assert layer.get("/", headers={"If-None-Match": '"signed"'}).status_code == 304


def test_a_lost_connection_is_replaced(database: Database, backend: str) -> None:
    versions = RowVersions(database, table="cooperative", key="id", column="id")
    assert versions.current(1) == 1
    if backend == "sqlite":
        versions._opened[0].close()
    else:
        with database.engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
            )
    assert versions.current(1) is None
    assert versions.current(1) == 1
