"""Look at a shop's page and its checkout as a shopper's browser would: name, TLS, proxy and all."""

import http.client
import time
from contextlib import suppress
from urllib.parse import urlsplit

#: A page that takes longer is no page.
TIMEOUT_SECONDS = 30.0
_MOST_BYTES = 4 * 1024 * 1024


def probe(address: str, *, timeout: float = TIMEOUT_SECONDS) -> int | None:
    """Milliseconds of the slower of a shop's page at ``address`` and its checkout; nothing where one of them failed.

    The page answers 200. The checkout may also lead elsewhere, as it does who has nothing in the basket; nobody
    follows. The address is the administrator's own choice and may lie on this machine.
    """
    slowest = 0
    for url, good in ((address, range(200, 201)), (f"{address}/checkout", range(200, 400))):
        started = time.monotonic()
        status = None
        with suppress(OSError, http.client.HTTPException):
            status = _status(url, started + timeout)
        if status not in good:
            return None
        slowest = max(slowest, round((time.monotonic() - started) * 1000))
    return slowest


def _status(url: str, deadline: float) -> int:
    """The status of an answer that was read to its end before the deadline."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection = kind(parts.netloc, timeout=left)
    try:
        connection.request("GET", parts.path, headers={"User-Agent": "CoopCircuits probe"})
        answer = connection.getresponse()
        size = 0
        while chunk := answer.read1(64 * 1024):
            size += len(chunk)
            if time.monotonic() > deadline or size > _MOST_BYTES:
                raise TimeoutError
        return answer.status
    finally:
        connection.close()
