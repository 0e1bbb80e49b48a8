"""Time that passes quickly: what happens in the demonstration, each thing at its own instant."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from coopcircuits import clock

Action = Callable[[], object]
#: How long mails and other messages may wait, in demonstration time.
_PATIENCE = timedelta(minutes=30)


class Timeline:
    """Actions in the order of their instants; those of one instant in the order in which they were planned.

    ``meanwhile`` is what the worker does in a live instance: it runs whenever something has happened and nothing else
    happens for a while.
    """

    def __init__(self, meanwhile: Action) -> None:
        self._meanwhile = meanwhile
        self._planned: list[tuple[datetime, int, Action]] = []
        self._number = count()

    def at(self, instant: datetime, action: Action) -> None:
        """Plan an action, also while the timeline runs; one planned for the past happens next."""
        heapq.heappush(self._planned, (instant, next(self._number), action))

    def run(self, *, until: datetime, show: Callable[[datetime], None]) -> None:
        """Let time pass up to ``until`` included; later actions never happen. ``show`` hears what time it is."""
        waiting_since: datetime | None = None
        instant = until
        while self._planned and self._planned[0][0] <= until:
            upcoming = self._planned[0][0]
            if waiting_since is not None and upcoming - waiting_since > _PATIENCE:
                self._pause(instant)
                waiting_since = None
                continue  # the pause may have planned something sooner
            instant, _, action = heapq.heappop(self._planned)
            show(instant)
            with clock.travel(instant):
                action()
            waiting_since = waiting_since or instant
        if waiting_since is not None:
            self._pause(instant)

    def _pause(self, instant: datetime) -> None:
        with clock.travel(instant):
            self._meanwhile()
