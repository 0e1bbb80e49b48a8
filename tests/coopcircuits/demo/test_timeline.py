"""Time that passes quickly keeps its order."""

from datetime import UTC, datetime, timedelta

from coopcircuits import clock
from coopcircuits.demo.timeline import Timeline

START = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


def test_everything_happens_at_its_instant_and_in_order() -> None:
    seen: list[tuple[str, datetime]] = []

    def note(what: str) -> None:
        seen.append((what, clock.now()))

    def ordering() -> None:
        note("order")
        timeline.at(clock.now() + timedelta(days=1), lambda: note("collected"))

    timeline = Timeline(lambda: note("mail"))
    timeline.at(START + timedelta(hours=5), lambda: note("closing"))
    timeline.at(START, ordering)
    timeline.at(START, lambda: note("second order"))
    timeline.at(START + timedelta(days=3), lambda: note("never"))
    timeline.run(until=START + timedelta(days=2), show=lambda instant: None)

    assert [what for what, _ in seen] == ["order", "second order", "mail", "closing", "mail", "collected", "mail"]
    assert seen[3] == ("closing", START + timedelta(hours=5))
    assert seen[4] == ("mail", START + timedelta(hours=5))
    assert seen[5] == ("collected", START + timedelta(days=1))
