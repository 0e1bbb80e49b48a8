import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from coopcircuits.federation.client import PullClient, PullFailed
from coopcircuits.federation.hosts import is_public_address

Handler = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Peer:
    """A server on loopback that does to each connection whatever a test wants; it counts them."""

    def __init__(self, handler: Handler) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.handler = handler
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection, suppress(OSError):
                connection.settimeout(5)
                self.handler(connection)

    def stop(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[[Handler], Peer]]:
    peers: list[Peer] = []

    def start(handler: Handler) -> Peer:
        peers.append(Peer(handler))
        return peers[-1]

    yield start
    for peer in peers:
        peer.stop()


def answer(content: bytes, asked: list[bytes] | None = None) -> Handler:
    def handler(connection: socket.socket) -> None:
        request = connection.recv(4096)
        if asked is not None:
            asked.append(request)
        connection.sendall(content)

    return handler


def client(peer: Peer, total_seconds: float = 30) -> PullClient:
    return PullClient(allow_hosts=frozenset({peer.name}), connect_seconds=30, total_seconds=total_seconds)


def failure(peer: Peer, total_seconds: float = 30) -> str:
    asking = client(peer, total_seconds)
    with pytest.raises(PullFailed) as failed:
        asking.get(asking.url(peer.name, "/federation/v1/reports"))
    return failed.value.reason


def test_an_answer_comes_with_status_headers_and_bytes(serve: Callable[[Handler], Peer]) -> None:
    asked: list[bytes] = []
    peer = serve(answer(OK + b'ETag: "a1"\r\nContent-Length: 2\r\n\r\n{}', asked))
    asking = client(peer)
    response = asking.get(asking.url(peer.name, "/federation/v1/reports"), if_none_match='"a0"')
    assert (response.status, response.body, response.etag) == (200, b"{}", '"a1"')
    lines = asked[0].decode().split("\r\n")
    assert lines[0] == "GET /federation/v1/reports HTTP/1.1"
    assert {f"Host: {peer.name}", "Accept-Encoding: identity", 'If-None-Match: "a0"'} <= set(lines)


@pytest.mark.parametrize(
    ("content", "status", "body"),
    [
        (b'HTTP/1.1 304 Not Modified\r\nETag: "a1"\r\n\r\n', 304, b""),
        (b"HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\n\r\n{}", 404, b"{}"),
        (OK + b"\r\n[1]", 200, b"[1]"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n", 200, b"[1]"),
        (OK.replace(b"json", b"json; charset=utf-8") + b"Content-Encoding: identity\r\n\r\n{}", 200, b"{}"),
    ],
)
def test_plain_answers(serve: Callable[[Handler], Peer], content: bytes, status: int, body: bytes) -> None:
    peer = serve(answer(content))
    asking = client(peer)
    response = asking.get(asking.url(peer.name, "/x"))
    assert (response.status, response.body) == (status, body)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", "redirected"),
        (b"HTTP/1.1 308 Permanent Redirect\r\nLocation: /x\r\n\r\n", "redirected"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!doctype html>", "wrong-content-type"),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", "wrong-content-type"),
        (OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b", "encoded"),
        (OK + b"Content-Length: 1073741824\r\n\r\n{", "too-large"),
        (OK + b"Content-Length: 65537\r\n\r\n" + b" " * 65537, "too-large"),
        (OK + b"Content-Length: 10\r\n\r\n{}", "truncated"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}", "truncated"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}", "truncated"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not-http"),
        (b"", "not-http"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "not-http"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, "not-http"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000, "too-large"),
    ],
)
def test_answers_that_cannot_be_used(serve: Callable[[Handler], Peer], content: bytes, reason: str) -> None:
    assert failure(serve(answer(content))) == reason


def test_a_body_of_one_gigabyte_is_cut_early(serve: Callable[[Handler], Peer]) -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.recv(4096)
        connection.sendall(OK + b"\r\n")
        block = b" " * 65_536
        while sent < 2**30:
            sent += connection.send(block)

    peer = serve(flood)
    assert failure(peer) == "too-large"
    peer.thread.join(0.05)
    assert sent < 16 * 2**20  # what the kernel's buffers hold


def drip(start: bytes) -> Handler:
    def handler(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(start)
        for _ in range(1200):  # a minute, unless nobody listens any more
            connection.sendall(b"a")
            time.sleep(0.05)

    return handler


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: ", OK + b"Content-Length: 500\r\n\r\n"])
def test_a_server_that_feeds_drops_meets_the_deadline(serve: Callable[[Handler], Peer], start: bytes) -> None:
    peer = serve(drip(start))
    started = time.monotonic()
    assert failure(peer, total_seconds=0.5) == "too-slow"
    assert time.monotonic() - started < 20


def test_a_silent_server_meets_the_deadline(serve: Callable[[Handler], Peer]) -> None:
    assert failure(serve(lambda connection: time.sleep(1)), total_seconds=0.5) == "too-slow"


def test_nobody_listening(serve: Callable[[Handler], Peer]) -> None:
    peer = Peer(lambda connection: None)
    peer.stop()
    assert failure(peer) == "connect-failed"


def test_a_name_lookup_that_hangs_meets_the_deadline() -> None:
    released = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        released.wait(60)
        return []

    started = time.monotonic()
    with pytest.raises(PullFailed) as failed:
        PullClient(resolver=hang, total_seconds=0.2).get("https://slow.example.coop/x")
    released.set()
    assert failed.value.reason == "too-slow"
    assert time.monotonic() - started < 20


def tls_context(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Server and client contexts around a certificate for ``name`` that only this client trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{name}.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cadata=certificate.public_bytes(serialization.Encoding.PEM).decode())


def secured(context: ssl.SSLContext, asked: list[bytes]) -> Handler:
    def handler(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            answer(OK + b"Content-Length: 2\r\n\r\n{}", asked)(wrapped)

    return handler


def test_the_checked_address_is_used_with_the_right_name(serve: Callable[[Handler], Peer], tmp_path: Path) -> None:
    server, trusting = tls_context(tmp_path, "sister.example")
    names: list[str | None] = []
    server.sni_callback = lambda wrapped, name, context: names.append(name)
    asked: list[bytes] = []
    lookups: list[str] = []
    peer = serve(secured(server, asked))

    def once(host: str, port: int) -> list[str]:
        lookups.append(host)
        return ["127.0.0.1"] if len(lookups) == 1 else ["127.0.0.9"]

    name = f"sister.example:{peer.port}"
    asking = PullClient(allow_hosts=frozenset({name}), resolver=once, tls=trusting)
    assert asking.get(f"https://{name}/x").body == b"{}"
    assert (names, lookups) == (["sister.example"], ["sister.example"])
    assert f"Host: {name}".encode() in asked[0]


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_must_be_trusted_and_for_this_name(
    serve: Callable[[Handler], Peer], tmp_path: Path, trusted: bool
) -> None:
    server, trusting = tls_context(tmp_path, "other.example")
    asked: list[bytes] = []
    peer = serve(secured(server, asked))
    host = "sister.example" if trusted else "other.example"
    asking = PullClient(
        allow_hosts=frozenset({f"{host}:{peer.port}"}),
        resolver=lambda host, port: ["127.0.0.1"],
        tls=trusting if trusted else ssl.create_default_context(),
    )
    with pytest.raises(PullFailed) as failed:
        asking.get(f"https://{host}:{peer.port}/x")
    assert failed.value.reason == "certificate"
    assert asked == []


def test_a_peer_that_speaks_no_tls(serve: Callable[[Handler], Peer]) -> None:
    peer = serve(answer(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    with pytest.raises(PullFailed) as failed:
        client(peer).get(f"https://{peer.name}/x")
    assert failed.value.reason == "tls-failed"


PRIVATE_ADDRESSES = """
127.0.0.1 127.1.2.3 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 169.254.169.254 169.254.0.1
172.16.0.1 172.31.255.255 192.0.0.8 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255
198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 168.63.129.16 :: ::1 ::ffff:10.0.0.1
::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1
2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 5f00::1
fc00::1 fd00:ec2::254 fd12:3456::1 fe80::1 fe80::1%1 fec0::1 ff02::1 ff0e::1 not-an-address
"""

ODD_URLS = """
https://127.0.0.1/x https://127.1/x https://2130706433/x https://0x7f.1/x https://0x7f000001/x https://0177.0.0.1/x
https://017700000001/x https://127.0.0.1.example.coop.0x7f/x https://[::1]/x https://[::ffff:127.0.0.1]/x
https://localhost/x https://intranet/x https://fr.example.coop./x https://.example.coop/x https://fr..example.coop/x
https://FR.example.coop/x https://user@fr.example.coop/x https://user:pw@fr.example.coop/x
https://fr.example.coop@127.0.0.1/x https://127.0.0.1#@fr.example.coop/x https://fr.example.coop\\@127.0.0.1/x
https://fr.example.coop%2f@127.0.0.1/x https://fr.example.coop:22/x https://fr.example.coop:80/x
https://fr.example.coop:8443/x https://fr.example.coop:0443/x https://fr.example.coop:65979/x
https://fr.example.coop:/x https://fr.example.coop:-1/x http://fr.example.coop/x http://fr.example.coop:443/x
ftp://fr.example.coop/x file:///etc/passwd gopher://fr.example.coop/x //fr.example.coop/x fr.example.coop/x
https:fr.example.coop/x https:///fr.example.coop/x https://fr.example.coop https://fr.example.coop/
https://fr.example.coop/x?y=1 https://fr.example.coop/x#y https://fr.example.coop/x%0d%0aHost:y
https://ⓛocalhost.coop/x https://①②⑦.0.0.1/x https://127。0。0。1/x https://exämple.coop/x https://fr.еxample.coop/x
https://-fr.example.coop/x https://fr-.example.coop/x https://fr_.example.coop/x https://fr.example.coop:٤٤٣/x
"""


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every connection this process tries to make, on any port."""
    tried: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: tried.append(address))
    return tried


#: TRAP stands for the port of a server on loopback that counts who comes.
ODD = [
    *ODD_URLS.split(),
    "https://127.0.0.1:TRAP/x",
    "http://127.0.0.1:TRAP/x",
    "https://localhost:TRAP/x",
    "https://fr.example.coop:TRAP/x",
    "https://fr.example.coop/x\r\nHost: 127.0.0.1",
    "https://fr.example.coop\n/x",
    "https://" + "a." * 130 + "coop/x",
]


@pytest.mark.parametrize("url", ODD, ids=lambda url: ascii(url)[:60])
def test_no_odd_address_is_ever_contacted(url: str, serve: Callable[[Handler], Peer], attempts: list[object]) -> None:
    trap = serve(lambda connection: None)
    asking = PullClient(resolver=lambda host, port: ["127.0.0.1"])
    with pytest.raises(PullFailed) as failed:
        asking.get(url.replace("TRAP", str(trap.port)))
    assert failed.value.reason in {"bad-address", "scheme-not-allowed", "port-not-allowed"}
    assert (trap.connections, attempts) == (0, [])


def test_a_name_that_changes_its_mind_after_the_check_is_not_looked_up_again(attempts: list[object]) -> None:
    """DNS rebinding: public when it is checked, private a moment later."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    asking = PullClient(resolver=lambda host, port: next(answers))
    with pytest.raises(PullFailed):
        asking.get("https://fr.example.coop/x")
    assert attempts == [("93.184.215.14", 443)]
    assert next(answers) == ["127.0.0.1"]  # nobody asked for it


def test_there_are_at_least_sixty_of_them() -> None:
    assert len(set(ODD)) + len(set(PRIVATE_ADDRESSES.split())) >= 60


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES.split())
def test_a_name_that_leads_inside_is_refused(address: str, attempts: list[object]) -> None:
    assert not is_public_address(address)
    for answers in ([address], ["93.184.215.14", address]):
        asking = PullClient(resolver=lambda host, port, answers=answers: answers)
        with pytest.raises(PullFailed) as failed:
            asking.get("https://fr.example.coop/x")
        assert failed.value.reason == "address-not-allowed"
    assert attempts == []


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a01:e0a::1"])
def test_public_addresses_are_contacted_as_they_were_checked(address: str, attempts: list[object]) -> None:
    asking = PullClient(resolver=lambda host, port: [address])
    with pytest.raises(PullFailed):
        asking.get("https://fr.example.coop/x")
    assert attempts == [(address, 443)]
    assert ipaddress.ip_address(address).is_global


def test_a_name_that_does_not_exist() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(PullFailed) as failed:
        PullClient(resolver=unknown).get("https://nobody.example.coop/x")
    assert failed.value.reason == "unresolvable"


def test_only_the_exact_listed_neighbour_is_allowed(serve: Callable[[Handler], Peer]) -> None:
    trap = serve(answer(OK + b"\r\n{}"))
    asking = PullClient(allow_hosts=frozenset({"127.0.0.1:1"}), resolver=lambda host, port: ["127.0.0.1"])
    for url in (f"http://{trap.name}/x", f"https://{trap.name}/x", "http://127.0.0.1/x"):
        with pytest.raises(PullFailed):
            asking.get(url)
    assert trap.connections == 0
