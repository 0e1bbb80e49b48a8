"""Pages that belong to no component: home, health, languages, the design system."""

import json
from datetime import timedelta
from pathlib import Path

from flask import current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from coopcircuits import clock, language, migrations, templating
from coopcircuits import design as samples
from coopcircuits.doors import database, read_session, settings
from coopcircuits.events.models import JobRun
from coopcircuits.jobs import HEARTBEAT


def home() -> ResponseReturnValue:
    return render_template("coopcircuits/home.html", sections=templating.sections("home"))


def design() -> ResponseReturnValue:
    """Every piece of the design system, in every state."""
    now = clock.now()
    return render_template(
        "coopcircuits/design.html",
        form=samples.filled(),
        refused=samples.refused(),
        soon=now + timedelta(hours=3),
        later=now + timedelta(days=4),
    )


def demo_accounts() -> ResponseReturnValue:
    """Accounts of the demonstration, as its loader wrote them down."""
    path = Path(settings().var_dir) / "demo-accounts.json"
    accounts = json.loads(path.read_text()) if path.exists() else []
    return render_template("coopcircuits/demo/accounts.html", accounts=accounts)


def switch_language(code: str) -> ResponseReturnValue:
    return language.switch(code)


def healthz() -> ResponseReturnValue:
    """Alive, whatever the state of the rest."""
    return jsonify(status="alive")


def readyz() -> ResponseReturnValue:
    """Ready to serve: the database answers, its tables are current, a worker was seen in the last minute."""
    checks = {"database": False, "migrations": False, "worker": False}
    try:
        session = read_session()
        session.execute(text("SELECT 1"))
        checks["database"] = True
        checks["migrations"] = migrations.is_current(database().engine)
        beat = session.get(JobRun, HEARTBEAT) if checks["migrations"] else None
        checks["worker"] = beat is not None and clock.now() - beat.started_at < timedelta(minutes=1)
    except Exception:  # whatever is wrong with the database, the answer is "not ready"
        current_app.logger.exception("not ready")
    ready = all(checks.values())
    return jsonify(status="ready" if ready else "not-ready", **checks), 200 if ready else 503
