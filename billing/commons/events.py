"""What happens to our own reports."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class ReportPublished(Fact):
    """We signed a month and published it."""

    subject = ("published_report", "report_id")
    report_id: int
    period: str
    revision: int
    state: str
    digest: str
