"""Pulling a document from a peer without becoming anybody's tool.

Written on sockets because the usual HTTP libraries look a name up again when they connect (so a check of its address
proves nothing), decompress answers, obey proxy variables, and time out per read instead of in total.
"""

import contextlib
import http.client
import io
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from coopcircuits.federation.canonical import MAX_BYTES
from coopcircuits.federation.hosts import is_public_address, is_public_name, split_instance
from coopcircuits.federation.reasons import Refusal

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
#: Room for status line, headers and the framing of chunks, beyond the body.
_OVERHEAD = 64 * 1024
_URL = re.compile(r"(https?)://([^/]+)((?:/[A-Za-z0-9._~:-]+)+)", re.ASCII)
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,200}"', re.ASCII)
_MAX_ADDRESSES = 4

Resolver = Callable[[str, int], list[str]]


class PullFailed(Refusal):
    """The peer could not be asked, or its answer cannot be used."""

    status = 502


@dataclass(frozen=True)
class Response:
    """An answer: header names are in lower case; a 304 has an empty body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def etag(self) -> str | None:
        return self.headers.get("etag")


def resolve(host: str, port: int) -> list[str]:
    """Addresses of ``host`` as the system's resolver gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@cache
def system_tls() -> ssl.SSLContext:
    """TLS as the system trusts it: certificates and names are verified. Read once, it takes a tenth of a second."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class PullClient:
    """GET over HTTPS from the public internet only.

    ``allow_hosts`` lists exact ``host:port`` names that may also be private, on another port, and spoken to over plain
    HTTP, or over HTTPS if written ``https://host:port``: neighbours on the same machine in a demo or a test, never in
    production.
    """

    allow_hosts: frozenset[str] = frozenset()
    resolver: Resolver = resolve
    tls: ssl.SSLContext = field(default_factory=system_tls)
    connect_seconds: float = CONNECT_SECONDS
    total_seconds: float = TOTAL_SECONDS

    def url(self, instance: str, path: str) -> str:
        """Where to find ``path`` of a registered instance."""
        return f"{'http' if instance in self.allow_hosts else 'https'}://{instance}{path}"

    def _is_neighbour(self, name: str) -> bool:
        return name in self.allow_hosts or f"https://{name}" in self.allow_hosts

    def document(
        self, instance: str, path: str, *, if_none_match: str | None = None, max_bytes: int = MAX_BYTES
    ) -> Response:
        """A published document of a registered instance: 200 with its bytes, or 304 where its ETag was given.

        Raises :class:`PullFailed`, also for any other status.
        """
        response = self.get(self.url(instance, path), max_bytes=max_bytes, if_none_match=if_none_match)
        if response.status != 200 and not (response.status == 304 and if_none_match):
            raise PullFailed("unexpected-status", str(response.status))
        return response

    def get(self, url: str, *, max_bytes: int = MAX_BYTES, if_none_match: str | None = None) -> Response:
        """Fetch ``url``; raises :class:`PullFailed` with a reason, before any connection where that is possible.

        Returns any status but redirections; a 200 is JSON and complete. ``if_none_match`` is an ETag with its quotes.
        """
        more = [] if if_none_match is None else _condition(if_none_match)
        return self._ask(url, "GET", more, b"", max_bytes)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, max_bytes: int = MAX_BYTES) -> Response:
        """Send ``body`` to ``url`` as carefully as :meth:`get`; returns any status but redirections."""
        more = [*(f"{name}: {value}" for name, value in headers.items()), f"Content-Length: {len(body)}"]
        return self._ask(url, "POST", more, body, max_bytes)

    def _ask(self, url: str, method: str, more: list[str], body: bytes, max_bytes: int) -> Response:
        deadline = time.monotonic() + self.total_seconds
        secure, name, host, port, path = self._target(url)
        addresses = self._addresses(name, host, port, deadline)
        connection = self._connect(addresses, port, deadline)
        try:
            if secure:
                connection = self._secure(connection, host, deadline)
            return _exchange(connection, _request(method, name, path, more) + body, max_bytes, deadline)
        finally:
            connection.close()

    def _target(self, url: str) -> tuple[bool, str, str, int, str]:
        match = _URL.fullmatch(url)
        parts = split_instance(match[2]) if match else None
        if match is None or parts is None:
            raise PullFailed("bad-address", ascii(url[:100]))
        secure, name, path = match[1] == "https", match[2], match[3]
        host, port = parts[0], parts[1] or (443 if secure else 80)
        if not self._is_neighbour(name):
            if not secure:
                raise PullFailed("scheme-not-allowed", name)
            if port != 443:
                raise PullFailed("port-not-allowed", name)
            if not is_public_name(host):
                raise PullFailed("bad-address", name)
        return secure, name, host, port, path

    def _addresses(self, name: str, host: str, port: int, deadline: float) -> list[str]:
        """Look the host up once. One forbidden address condemns the name: a public one beside it is bait."""
        addresses = _within(deadline, lambda: self.resolver(host, port))
        if not addresses:
            raise PullFailed("unresolvable", host)
        if not self._is_neighbour(name):
            for address in addresses:
                if not is_public_address(address):
                    raise PullFailed("address-not-allowed", f"{host}: {address}")
        return addresses[:_MAX_ADDRESSES]

    def _connect(self, addresses: list[str], port: int, deadline: float) -> socket.socket:
        """Connect to the first of the checked addresses that answers, all within the time for connecting."""
        limit = min(deadline, time.monotonic() + self.connect_seconds)
        reason = "connect-failed"
        for address in addresses:
            try:
                return _connected(address, port, limit)
            except TimeoutError:
                reason = "too-slow"
            except OSError:
                reason = "connect-failed"
        raise PullFailed(reason, addresses[-1])

    def _secure(self, connection: socket.socket, host: str, deadline: float) -> ssl.SSLSocket:
        connection.settimeout(_left(deadline))
        try:
            return self.tls.wrap_socket(connection, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise PullFailed("certificate", error.verify_message) from None
        except TimeoutError:
            raise PullFailed("too-slow", host) from None
        except OSError:
            raise PullFailed("tls-failed", host) from None


class _Bounded(io.RawIOBase):
    """Reads a socket until a deadline and up to a number of bytes, however small the drops it feeds."""

    def __init__(self, connection: socket.socket, limit: int, deadline: float) -> None:
        self._connection = connection
        self._room = limit
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer has no length
        self._connection.settimeout(_left(self._deadline))
        count = self._connection.recv_into(buffer, min(len(buffer), 16 * 1024))
        self._room -= count
        if self._room < 0:
            raise PullFailed("too-large")
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        """What :class:`http.client.HTTPResponse` asks of a socket."""
        return io.BufferedReader(self, 16 * 1024)


def _connected(address: str, port: int, limit: float) -> socket.socket:
    connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.settimeout(_left(limit))
        connection.connect((address, port))
    except BaseException:
        connection.close()
        raise
    return connection


def _exchange(connection: socket.socket, request: bytes, max_bytes: int, deadline: float) -> Response:
    bounded = _Bounded(connection, 2 * max_bytes + _OVERHEAD, deadline)
    response = http.client.HTTPResponse(bounded, method="GET")  # type: ignore[arg-type]  # it only calls makefile
    try:
        connection.settimeout(_left(deadline))
        connection.sendall(request)
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        _check_headers(response.status, headers, response.length, max_bytes)
        body = _body(response, max_bytes)
    except TimeoutError:
        raise PullFailed("too-slow") from None
    except http.client.IncompleteRead:
        raise PullFailed("truncated") from None
    except (http.client.HTTPException, ValueError):
        raise PullFailed("not-http") from None
    except OSError as error:
        raise PullFailed("connect-failed", error.strerror or "") from None
    finally:
        response.close()
    return Response(response.status, headers, body)


def _check_headers(status: int, headers: Mapping[str, str], length: int | None, max_bytes: int) -> None:
    if 300 <= status < 400 and status != 304:
        raise PullFailed("redirected", str(status))
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise PullFailed("encoded", headers["content-encoding"][:40])
    if length is not None and length > max_bytes:
        raise PullFailed("too-large", f"{length} > {max_bytes}")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if status == 200 and media_type != "application/json":
        raise PullFailed("wrong-content-type", media_type[:60])


def _body(response: http.client.HTTPResponse, max_bytes: int) -> bytes:
    announced = response.length
    body = bytearray()
    while chunk := response.read(16 * 1024):
        body += chunk
        if len(body) > max_bytes:
            raise PullFailed("too-large", f"> {max_bytes}")
    if announced is not None and len(body) < announced:
        raise PullFailed("truncated", f"{len(body)} of {announced}")
    return bytes(body)


def _request(method: str, name: str, path: str, more: list[str]) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {name}",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "User-Agent: CoopCircuits",
        "Connection: close",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _condition(etag: str) -> list[str]:
    """A peer's odd ETag is not worth a failure: ask without it."""
    return [f"If-None-Match: {etag}"] if _ETAG.fullmatch(etag) else []


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise PullFailed("too-slow")
    return left


def _within(deadline: float, look_up: Callable[[], list[str]]) -> list[str]:
    """The system's resolver knows no deadline: wait for it beside, and leave it behind if it is too slow."""
    answer: list[str] = []

    def work() -> None:
        with contextlib.suppress(OSError, UnicodeError):  # no such name: the empty answer says so
            answer.extend(look_up())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(_left(deadline))
    if thread.is_alive():
        raise PullFailed("too-slow", "name lookup")
    return answer
