"""``python -m coopcircuits.payments.sandbox``: serve the sandbox on this machine only."""

import argparse
import os
import sys

from werkzeug.serving import WSGIRequestHandler, make_server

from coopcircuits.payments.sandbox import TEST_KEY, TEST_WEBHOOK_SECRET
from coopcircuits.payments.sandbox.app import create_sandbox


class QuietHandler(WSGIRequestHandler):
    """No line for every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m coopcircuits.payments.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--database", default="var/sandbox.sqlite3")
    parser.add_argument("--webhook-url", default="", help="where events are delivered; empty: nowhere")
    parser.add_argument("--webhook-secret", default=TEST_WEBHOOK_SECRET)
    parser.add_argument("--secret-key", default=TEST_KEY, help="the API key to accept, sk_test_…")
    parser.add_argument("--public-url", default="", help="where browsers reach the hosted pages")
    options = parser.parse_args()
    if os.environ.get("COOP_ENV") == "production":
        parser.exit(2, "the payment sandbox does not run in production\n")
    public_url = options.public_url or f"http://127.0.0.1:{options.port}"
    app = create_sandbox(
        options.database,
        options.webhook_url,
        options.webhook_secret,
        secret_key=options.secret_key,
        public_url=public_url,
    )
    # One process with threads: requests in flight, faults and the courier live in its memory. gunicorn would fork.
    server = make_server("127.0.0.1", options.port, app, threaded=True, request_handler=QuietHandler)
    sys.stderr.write(f"payment sandbox, no real money: {public_url}\n")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        app.extensions["sandbox"].close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
