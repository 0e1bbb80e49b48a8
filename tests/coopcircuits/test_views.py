"""Pages that belong to no component."""

from flask.testing import FlaskClient


def test_health_needs_nothing(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "alive"}


def test_not_ready_until_a_worker_was_seen(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "not-ready", "database": True, "migrations": True, "worker": False}


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    headers = client.get("/healthz").headers
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
