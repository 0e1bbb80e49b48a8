"""The sandbox as a web application."""

import os
from pathlib import Path

from flask import Flask

from coopcircuits.payments.sandbox import TEST_KEY, TEST_WEBHOOK_SECRET
from coopcircuits.payments.sandbox.api import api
from coopcircuits.payments.sandbox.controls import controls
from coopcircuits.payments.sandbox.pages import pages
from coopcircuits.payments.sandbox.provider import new_provider


def create_sandbox(
    database_path: str | Path,
    webhook_url: str = "",
    webhook_secret: str = TEST_WEBHOOK_SECRET,
    *,
    secret_key: str = TEST_KEY,
    public_url: str = "",
) -> Flask:
    """A payment sandbox with its own SQLite file; raises ``RuntimeError`` in production.

    Without ``webhook_url`` events are recorded but not sent. ``public_url`` is where browsers reach the hosted pages
    (empty: where the request came to). ``app.extensions["sandbox"].close()`` ends it.
    """
    if os.environ.get("COOP_ENV") == "production":
        raise RuntimeError("the payment sandbox does not run in production")
    app = Flask(__name__, static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = 256 * 1024
    app.extensions["sandbox"] = new_provider(
        database_path,
        webhook_url=webhook_url,
        webhook_secret=webhook_secret,
        secret_key=secret_key,
        public_url=public_url,
    )
    for blueprint in (api, pages, controls):
        app.register_blueprint(blueprint)
    return app
