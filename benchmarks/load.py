"""A small load generator: some kept-alive connections to this machine that ask for one page again and again.

It reads no more of an answer than its length, so that what is measured is the server and not the one who asks.
"""

import asyncio
import time
from dataclasses import dataclass, field


@dataclass
class Round:
    """What one round gave: answers a second, and how long each took in seconds."""

    seconds: float
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that this share of the answers did not exceed, in seconds."""
        return sorted(self.latencies)[min(int(len(self.latencies) * share), len(self.latencies) - 1)]


class UnexpectedAnswer(Exception):
    """The server did not answer 200."""


class _Asker(asyncio.Protocol):
    """One connection with one question under way."""

    def __init__(self, question: bytes, until: float, seen: list[float]) -> None:
        self._question, self._until, self._seen = question, until, seen
        self._received = bytearray()
        self._missing = self._asked_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._received.clear()
        self._missing = -1
        self._asked_at = time.perf_counter()
        self._transport.write(self._question)

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            self._received += data
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._received[:end]).lower()
            if not head.startswith(b"http/1.1 200"):
                self._stop(UnexpectedAnswer(head.split(b"\r\n", 1)[0].decode("latin-1")))
                return
            length = head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
            self._missing = int(length) - (len(self._received) - end - 4)
        else:
            self._missing -= len(data)
        if self._missing == 0:
            now = time.perf_counter()
            self._seen.append(now - self._asked_at)
            if now < self._until:
                self._ask()
            else:
                self._stop(None)

    def _stop(self, error: Exception | None) -> None:
        self._transport.close()
        if not self.done.done():
            if error:
                self.done.set_exception(error)
            else:
                self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("the server hung up"))


async def _round(port: int, path: str, connections: int, seconds: float) -> Round:
    question = (
        f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: text/html\r\nAccept-Language: fr\r\n\r\n".encode()
    )
    loop, seen = asyncio.get_running_loop(), list[float]()
    started = time.perf_counter()
    until = started + seconds
    made = [
        await loop.create_connection(lambda: _Asker(question, until, seen), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.wait_for(asyncio.gather(*(asker.done for _, asker in made)), timeout=seconds + 30)
    return Round(time.perf_counter() - started, seen)


def ask(port: int, path: str, *, connections: int, seconds: float) -> Round:
    """Ask a server on this machine for a page over ``connections`` for some seconds."""
    return asyncio.run(_round(port, path, connections, seconds))
