"""Builds the application: a readable list of what every floor stands on."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from coopcircuits import cli, doors, error_pages, language, routing, security, site, templating, urls, visitor
from coopcircuits import subscribers as _subscribers  # noqa: F401 - subscribers and jobs register themselves
from coopcircuits.api import access as api
from coopcircuits.auth import jobs as _auth_jobs  # noqa: F401 - as above
from coopcircuits.auth import login
from coopcircuits.config import Settings
from coopcircuits.cooperative import menu
from coopcircuits.db import Database
from coopcircuits.mail import jobs as _mail_jobs  # noqa: F401 - as above
from coopcircuits.templating import STATIC

#: Largest accepted request; an upload of a catalogue is the largest thing that people send.
MAX_BODY = 12 * 1024 * 1024


def create_app(settings: Settings, floors: Sequence[ModuleType] = ()) -> Flask:
    """The application with its floors, lowest first; each floor is its ``app`` module with an ``init_app``."""
    app = Flask("coopcircuits", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_PARTS=5_000,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        PERMANENT_SESSION_LIFETIME=60 * 24 * 3600,
    )
    app.extensions["settings"] = settings
    app.extensions["database"] = Database(settings.database_url)
    app.extensions["floors"] = [floor.__name__.partition(".")[0] for floor in floors]
    app.teardown_appcontext(doors.close_reading)

    security.init_app(app)
    language.init_app(app)
    templating.init_app(app)
    login.init_app(app)
    visitor.init_app(app)
    routing.init_app(app)
    api.init_app(app)
    error_pages.init_app(app)
    site.init_app(app)
    cli.init_app(app)
    routing.add_rules(app, urls.RULES)
    for floor in floors:
        floor.init_app(app)
    menu.init_app(app)  # after the floors: what is looked at least comes last
    folders = [Path(floor.__file__ or "").parent / "templates" for floor in (*floors, templating)]
    app.jinja_loader = ChoiceLoader([FileSystemLoader(folder) for folder in folders])

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]  # Flask's documented way to add middleware
        app.wsgi_app,
        root=str(STATIC),
        prefix="static/",
        max_age=31_536_000,
        allow_all_origins=False,
        add_headers_function=security.static_headers(settings),
    )
    if proxies := int(settings.trusted_proxies):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]  # as above
    return app
