"""The line between two instances, on which somebody may sit."""

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Line:
    """Passes what is asked on to an instance, byte for byte, unless ``meddle`` (path, body → body) is set."""

    def __init__(self) -> None:
        line = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                line.answer(self)

            def log_message(self, *_words: Any) -> None:
                """Quietly."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.target = ""
        self.meddle: Callable[[str, bytes], bytes] | None = None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"localhost:{self.server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "connection")}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.target + handler.path, headers=wanted)) as answer:
                status, headers, body = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, headers, body = error.code, error.headers, error.read()
        if self.meddle:
            body = self.meddle(handler.path, body)
        handler.send_response(status)
        for name in ("Content-Type", "ETag", "Cache-Control"):
            if name in headers:
                handler.send_header(name, headers[name])
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
