"""When people could not shop, worked out from what probes saw: no clock, no database, no network.

A probe every sixty seconds asks a shop's page and its checkout. The instance is down

* from the first of two failed probes in a row until the next good one,
* while the 95th percentile of the last twenty answers is above ten seconds,
* while nobody probed: a machine that is switched off cannot say that it is.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from billing.commons.figures import NOT_MEASURED, Availability

EVERY = timedelta(seconds=60)
#: A probe that comes sooner after another is not counted: two workers may run.
_TOO_SOON = EVERY / 2
#: Two probes are missing: that is as bad as two that failed.
SILENCE = timedelta(minutes=3)
SLOW_MILLISECONDS = 10_000
#: As many answers as make a 95th percentile more than the slowest one: the nearest rank of twenty is the nineteenth.
WINDOW, _RANK = 20, 19


class Cause(enum.StrEnum):
    """Why an instance counted as down."""

    FAILED = "failed"
    SLOW = "slow"
    SILENT = "silent"


@dataclass(frozen=True)
class Probe:
    """One look from outside; ``milliseconds`` is the slower of its two answers, nothing where one failed."""

    at: datetime
    milliseconds: int | None


@dataclass(frozen=True)
class Down:
    """The instance was down from ``starts`` until before ``ends``."""

    starts: datetime
    ends: datetime
    cause: Cause

    @property
    def seconds(self) -> int:
        return int((self.ends - self.starts).total_seconds())

    def within(self, starts: datetime, ends: datetime) -> "Down | None":
        """The part of it between two instants, if any."""
        part = Down(max(self.starts, starts), min(self.ends, ends), self.cause)
        return part if part.starts < part.ends else None


@dataclass(frozen=True)
class State:
    """All that has to be remembered between two probes."""

    last_at: datetime
    failing_since: datetime | None = None
    answers: tuple[int, ...] = ()
    down_since: datetime | None = None
    cause: Cause | None = None

    def counts(self, probe: Probe) -> bool:
        """Whether a probe is a new one."""
        return probe.at - self.last_at >= _TOO_SOON


def first(probe: Probe) -> State:
    """What is known after the very first probe."""
    return _seen(State(probe.at), probe)


def follow(before: State, probe: Probe) -> tuple[State, Down | None]:
    """What is known after a probe that counts, and the outage that it ended, if it ended one."""
    silent = probe.at - before.last_at > SILENCE
    if silent:
        before = replace(before, answers=())  # what was slow before a silence says nothing about now
    state = _seen(before, probe)
    if silent and before.down_since is None:
        state = replace(state, down_since=before.failing_since or before.last_at + EVERY, cause=Cause.SILENT)
    elif state.down_since is None and state.failing_since != probe.at and state.failing_since is not None:
        state = replace(state, down_since=state.failing_since, cause=Cause.FAILED)
    elif state.down_since is None and _is_slow(state):
        state = replace(state, down_since=probe.at, cause=Cause.SLOW)
    if state.down_since is None or state.cause is None or state.failing_since is not None or _is_slow(state):
        return state, None
    return replace(state, down_since=None, cause=None), Down(state.down_since, probe.at, state.cause)


def unfinished(state: State, until: datetime) -> Down | None:
    """The outage, or the silence, that lasts at ``until``."""
    if state.down_since is not None and state.cause is not None:
        return Down(state.down_since, until, state.cause) if state.down_since < until else None
    silence = Down(state.last_at + EVERY, until, Cause.SILENT)
    return silence if until - state.last_at > SILENCE else None


def summed(outages: Iterable[Down], *, probes: int, starts: datetime, ends: datetime) -> Availability:
    """What a report says of the time between two instants, from outages that do not overlap.

    A time without a probe was measured all the same where it is part of a silence. Minutes of an incident are rounded
    up one by one, and are never more than there are.
    """
    parts = [part for outage in outages if (part := outage.within(starts, ends)) is not None and part.seconds]
    if not probes and not parts:
        return Availability(method=NOT_MEASURED)
    minutes = int((ends - starts).total_seconds()) // 60
    return Availability(
        probes=probes,
        down_seconds=sum(part.seconds for part in parts),
        incidents=len(parts),
        incident_minutes=min(minutes, sum(-(-part.seconds // 60) for part in parts)),
    )


def _seen(before: State, probe: Probe) -> State:
    if probe.milliseconds is None:
        return replace(before, last_at=probe.at, failing_since=before.failing_since or probe.at)
    answers = (*before.answers, probe.milliseconds)[-WINDOW:]
    return replace(before, last_at=probe.at, failing_since=None, answers=answers)


def _is_slow(state: State) -> bool:
    return len(state.answers) == WINDOW and sorted(state.answers)[_RANK - 1] > SLOW_MILLISECONDS
