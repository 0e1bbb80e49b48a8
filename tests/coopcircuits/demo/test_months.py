"""The demonstration's months end now, whenever now is."""

from datetime import UTC, date, datetime

import pytest

from coopcircuits.demo.months import Shift
from coopcircuits.period import Month


@pytest.mark.parametrize(
    ("now", "october"),
    [("2026-11-30T22:59:59", "2026-10"), ("2026-11-30T23:00:00", "2026-11"), ("2027-03-05T12:00:00", "2027-02")],
)
def test_the_content_ends_in_the_present_month_of_the_zone(now: str, october: str) -> None:
    shift = Shift.to(datetime.fromisoformat(now).replace(tzinfo=UTC), "Europe/Paris")
    assert shift.month("2026-10") == Month.parse(october)


def test_days_stay_inside_their_month() -> None:
    assert Shift(4).day(date(2026, 10, 31)) == date(2027, 2, 28)
    assert Shift(0).day(date(2026, 10, 31)) == date(2026, 10, 31)


def test_sentences_name_the_moved_month() -> None:
    moved = Shift(4).text("Serveur d’octobre ; assemblée du 14 avril 2026 ; marché couvert")
    assert moved == "Serveur d’février ; assemblée du 14 août 2026 ; marché couvert"
    assert Shift(0).text("Serveur d’octobre") == "Serveur d’octobre"
