"""Many people at the same moment."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from coopcircuits.db import Database


def at_once(database: Database, jobs: Sequence[Callable[[Any], object]]) -> Counter[str]:
    """Run each in a transaction of its own, all starting together; counts how they ended."""
    ends: Counter[str] = Counter()
    start, counting = threading.Barrier(len(jobs)), threading.Lock()

    def run(job: Callable[[Any], object]) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                job(session)
            end = "done"
        except Exception as error:  # whatever it is, the test wants to see its name
            end = type(error).__name__
        with counting:
            ends[end] += 1

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends
