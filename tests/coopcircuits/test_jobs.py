"""Periodic jobs and their diary."""

from datetime import timedelta

import pytest
from flask import Flask

from coopcircuits import clock, jobs
from coopcircuits.db import Database
from coopcircuits.errors import NotFound
from coopcircuits.events.models import JobRun


@pytest.fixture
def weather(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A job that fails while its list holds a reason."""
    reasons: list[str] = []
    monkeypatch.setattr(jobs, "_jobs", {})

    @jobs.job("test.weather", every=timedelta(minutes=1))
    def look(dry_run: bool) -> str:
        if reasons:
            raise RuntimeError(reasons[0])
        return "would look" if dry_run else "looked"

    return reasons


def diary(database: Database) -> JobRun | None:
    with database.reading() as session:
        return session.get(JobRun, "test.weather")


def test_a_run_is_written_down(app: Flask, database: Database, weather: list[str]) -> None:
    moment = clock.now() - timedelta(days=1)
    with app.app_context(), clock.travel(moment):
        assert jobs.run_once("test.weather") == "looked"
    run = diary(database)
    assert run is not None
    assert (run.started_at, run.said, run.last_error) == (moment, "looked", None)


def test_what_stops_a_job_is_written_down_and_raised(app: Flask, database: Database, weather: list[str]) -> None:
    with app.app_context():
        jobs.run_once("test.weather")
        weather.append("it rains")
        with pytest.raises(RuntimeError):
            jobs.run_once("test.weather")
        failed = diary(database)
        weather.clear()
        jobs.run_once("test.weather")
    assert failed is not None
    assert "RuntimeError: it rains" in (failed.last_error or "")
    assert failed.said == "looked"
    after = diary(database)
    assert after is not None
    assert after.last_error is None


def test_a_dry_run_leaves_no_trace(app: Flask, database: Database, weather: list[str]) -> None:
    with app.app_context():
        assert jobs.run_once("test.weather", dry_run=True) == "would look"
    assert diary(database) is None


def test_an_unknown_job_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(NotFound):
        jobs.run_once("test.nothing")


def test_commands_run_and_name_the_jobs(app: Flask, weather: list[str]) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["jobs", "list"]).output == "test.weather\n"
    assert runner.invoke(args=["jobs", "once", "test.weather"]).output == "looked\n"
    wrong = runner.invoke(args=["jobs", "once", "test.wether"])
    assert wrong.exit_code == 1
    assert "test.weather" in wrong.output
