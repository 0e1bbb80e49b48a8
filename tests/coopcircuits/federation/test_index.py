import json
from typing import Any

import pytest

from coopcircuits.federation.index import IndexEntry, build_index, etag, parse_index
from coopcircuits.federation.reasons import Refusal

HOST = "fr.example.coop"
ENTRIES = [
    IndexEntry("2026-09", 1, "final", "sha256:" + "1" * 64, "2026-10-08T08:00:00Z"),
    IndexEntry("2026-10", 1, "provisional", "sha256:" + "2" * 64, "2026-11-04T08:00:00Z"),
    IndexEntry("2026-10", 2, "final", "sha256:" + "3" * 64, "2026-11-09T08:00:00Z"),
]


def built(**changes: Any) -> bytes:
    document = json.loads(build_index(HOST, ENTRIES, base_url="https://fr.example.coop"))
    document["reports"][0] |= changes
    return json.dumps(document).encode()


def test_the_newest_month_and_revision_come_first() -> None:
    read = parse_index(build_index(HOST, ENTRIES, base_url="https://fr.example.coop"), expected_host=HOST)
    assert read == list(reversed(ENTRIES))
    assert read[0].path == "/federation/v1/reports/2026-10/2"


def test_the_etag_is_strong_and_changes_with_the_content() -> None:
    body = build_index(HOST, ENTRIES, base_url="https://fr.example.coop")
    assert etag(body).startswith('"')
    assert etag(body) == etag(build_index(HOST, reversed(ENTRIES), base_url="https://fr.example.coop"))
    assert etag(body) != etag(build_index(HOST, ENTRIES[:2], base_url="https://fr.example.coop"))


def test_the_address_a_peer_writes_is_not_the_one_we_ask() -> None:
    read = parse_index(built(url="https://evil.example/x"), expected_host=HOST)
    assert read[0].path == "/federation/v1/reports/2026-10/2"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"<html>", "not-json"),
        (b"[]", "bad-schema"),
        (built(period="2026-10/../../x"), "bad-schema"),
        (built(revision=0), "bad-schema"),
        (built(digest="sha256:x"), "bad-schema"),
        (built(extra=1), "bad-schema"),
        (build_index("de.example.coop", ENTRIES, base_url=""), "wrong-issuer"),
    ],
)
def test_indexes_that_are_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_index(raw, expected_host=HOST)
    assert refused.value.reason == reason
