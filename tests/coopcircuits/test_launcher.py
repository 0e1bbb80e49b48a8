"""What ``./run`` starts."""

import multiprocessing
import os
import signal
import socket
import sqlite3
import time
from pathlib import Path

import pytest

from coopcircuits import launcher, migrations


def test_a_command_runs_in_a_process_of_its_own_and_says_how_it_ended(capfd: pytest.CaptureFixture[str]) -> None:
    listed = launcher.start(*launcher.FLASK, "jobs", "list")
    listed.join(timeout=60)
    assert listed.exitcode == 0
    assert "orders.close_cycles" in capfd.readouterr().out
    refused = launcher.start(*launcher.FLASK, "jobs", "once", "nothing")
    refused.join(timeout=60)
    assert refused.exitcode == 1


def test_a_server_ends_when_it_is_told_to() -> None:
    waiting = launcher.start("http.server", "--bind", "127.0.0.1", "0")
    waiting.terminate()
    waiting.join(timeout=60)
    assert waiting.exitcode not in (None, 0)


def test_servers_end_with_a_launcher_that_was_killed() -> None:
    here, there = multiprocessing.Pipe()

    def start_one_and_be_killed() -> None:
        there.send(launcher.start("http.server", "--bind", "127.0.0.1", "0").pid)
        os.kill(os.getpid(), signal.SIGKILL)

    multiprocessing.get_context("fork").Process(target=start_one_and_be_killed).start()
    server = here.recv()
    for _attempt in range(600):
        if not is_alive(server):
            return
        time.sleep(0.1)
    pytest.fail("the server is still there")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not asked about yet does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_a_taken_port_is_noticed_before_anything_starts() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert launcher.taken(other.getsockname()[1])


def test_tables_of_this_version_are_recognised_without_a_look_at_the_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COOP_DATABASE_URL", raising=False)
    with sqlite3.connect(tmp_path / "coopcircuits.sqlite3") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (migrations.head(),))
    monkeypatch.setattr(launcher, "start", None)
    assert launcher.prepare(tmp_path, empty=False)
