"""The whole walk between two instances on loopback: publish, pull, verify, refuse a changed byte."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from billing.commons.report import REPORT_RULES
from coopcircuits.federation.client import PullClient
from coopcircuits.federation.identity import Identity, verify_identity
from coopcircuits.federation.index import IDENTITY_PATH, INDEX_PATH, IndexEntry, build_index, etag, parse_index
from coopcircuits.federation.verify import Outcome, Verdict, verify_report
from coopcircuits.i18n import speaking
from tests.billing.commons import sister
from tests.billing.commons.sister import NOW, ROOT


class Sister(HTTPServer):
    """An instance that publishes ``documents`` by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.name = f"127.0.0.1:{self.server_port}"
        self.report = sister.report(instance=self.name)
        entry = IndexEntry("2026-10", 1, "final", "sha256:" + "0" * 64, "2026-11-09T08:00:00Z")
        self.documents = {
            IDENTITY_PATH: sister.identity_envelope(instance=self.name),
            INDEX_PATH: build_index(self.name, [entry], base_url=f"http://{self.name}"),
            entry.path: self.report,
        }


class Answer(BaseHTTPRequestHandler):
    server: Sister

    def do_GET(self) -> None:
        body = self.server.documents[self.path]
        unchanged = self.headers["If-None-Match"] == etag(body)
        self.send_response(304 if unchanged else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("ETag", etag(body))
        self.end_headers()
        if not unchanged:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def peer() -> Iterator[Sister]:
    with Sister() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def pulled(peer: Sister, path: str) -> bytes:
    client = PullClient(allow_hosts=frozenset({peer.name}))
    return client.get(client.url(peer.name, path)).body


def known(peer: Sister) -> Identity:
    return verify_identity(pulled(peer, IDENTITY_PATH), expected_host=peer.name, now=NOW, pinned_root=ROOT.public)


def judged(peer: Sister) -> Verdict:
    (entry,) = parse_index(pulled(peer, INDEX_PATH), expected_host=peer.name)
    return verify_report(
        pulled(peer, entry.path),
        expected_host=peer.name,
        identity=known(peer),
        seen=[],
        now=NOW,
        rules=REPORT_RULES,
        expected=(entry.period, entry.revision),
    )


def test_a_published_month_is_pulled_and_accepted(peer: Sister) -> None:
    verdict = judged(peer)
    assert verdict.outcome is Outcome.ACCEPTED
    assert verdict.payload == sister.payload(instance=peer.name)


def test_one_changed_byte_is_refused_and_said(peer: Sister) -> None:
    path = f"{INDEX_PATH}/2026-10/1"
    peer.documents[path] = peer.report.replace(b'"completed":3120', b'"completed":3121')
    verdict = judged(peer)
    assert (verdict.outcome, verdict.reason, verdict.payload) == (Outcome.REFUSED, "bad-signature", None)
    with speaking("en"):
        assert "something in it was changed" in verdict.sentence


def test_an_unchanged_index_is_not_sent_again(peer: Sister) -> None:
    client = PullClient(allow_hosts=frozenset({peer.name}))
    url = client.url(peer.name, INDEX_PATH)
    first = client.get(url)
    again = client.get(url, if_none_match=first.etag)
    assert (first.status, again.status, again.body) == (200, 304, b"")
