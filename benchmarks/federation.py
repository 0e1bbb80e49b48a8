"""What sisters ask of us, a signed report; and how long it takes anybody to verify a year of all of them."""

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.results import Result, result, say
from benchmarks.servers import alternate, environment_of, fetch, median, server
from billing.commons.services import publish_report
from billing.commons.simulation.run import Simulation
from billing.commons.verifier import verify_folder
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.federation.keys import KeyStore
from coopcircuits.period import Month

REPORT, VERIFIED = "signed report, for anybody", "verifying 20 instances × 12 months"
TARGETS = {REPORT: "at least 0.8", VERIFIED: "at most 1 (2 s)"}
_MOST_SECONDS = 2


def measure(database: Database, kind: str, folder: Path, *, rounds: int, seconds: float) -> Result:
    """A report of ours beside bare Flask that returns the same bytes from memory."""
    month = Month.of(clock.now(), "Europe/Paris")
    with database.transaction() as session:
        keys = KeyStore.open(folder / "keys", now=clock.now(), root_on_disk=True)
        publish_report(session, actor=SYSTEM, month=month, instance="bench.coop.example", keys=keys)
    path, environment = f"/federation/v1/reports/{month}/1", environment_of(database, folder)
    with server("wsgi:app", environment) as ours:
        page = folder / "report.json"
        page.write_bytes(fetch(ours, path))
        with server("benchmarks.memory:app", {**environment, "BENCH_PAGE": str(page)}) as limit:
            mine, theirs = alternate((ours, path), (limit, "/"), rounds, seconds)
    return result(REPORT, kind, ours=median(mine), limit=median(theirs), unit="reports/s")


def measure_verifier(*, rounds: int) -> Result:
    """Verify the archive of a simulated year, and compute every allocation again; in seconds of processor time."""
    say("an archive of twenty instances over twelve months")
    simulation = Simulation(instances=20, months=12, seed=1)
    simulation.run()
    taken = []
    with tempfile.TemporaryDirectory(prefix="coop-bench-") as place:
        simulation.write(Path(place))
        for _ in range(rounds):
            started = time.process_time()
            verify_folder(Path(place))
            taken.append(time.process_time() - started)
    return result(VERIFIED, "none", ours=statistics.median(taken), limit=_MOST_SECONDS, unit="s")
