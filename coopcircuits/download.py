"""Files that are sent while they are still being read."""

from collections.abc import Callable, Iterator

from flask import Response, stream_with_context

from coopcircuits.doors import hand_over_reading


def download(name: str, body: Iterator[bytes], content_type: str) -> Response:
    """A file to save. Its bytes may come out of the request's reading session: it stays open until the last is sent."""
    close = hand_over_reading()
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    response = Response(stream_with_context(_closing(body, close)), content_type=content_type, headers=headers)
    response.call_on_close(close)
    return response


def _closing(body: Iterator[bytes], close: Callable[[], None]) -> Iterator[bytes]:
    try:
        yield from body
    finally:
        close()
