"""Reports of all instances as the allocation reads them: which counted when, and what twelve months come to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from billing.commons.calendar import TIME_TO_FETCH
from billing.commons.cells import INCOME, NET
from billing.commons.report import cell
from billing.commons.sharing_key import MONTHS_A_YEAR
from coopcircuits.federation.moments import parse_moment

#: Months of which a missing one is the mean.
ESTIMATED_FROM = 3


@dataclass(frozen=True)
class CountedReport:
    """The figures of a final report that the allocation uses, in minor units of its currency.

    A hidden total is the middle of its band. ``common_cash`` is what was paid for the common software. ``until`` is
    when its key turned out to be stolen: it counted until then. ``since`` is that instant of the report it replaces.
    """

    instance: str
    period: str
    revision: int
    digest: str
    issued_at: datetime
    currency: str
    net: Fraction
    income: Fraction
    common_cash: int
    until: datetime | None = None
    supersedes: str = ""
    since: datetime | None = None

    def counts(self, before: datetime) -> bool:
        """Whether it is among the reports of before an instant that were known when a month is locked by them."""
        if self.since is not None and self.since > before + TIME_TO_FETCH:
            return False
        return self.issued_at < before and (self.until is None or before <= self.until)

    @classmethod
    def of(cls, payload: dict[str, Any], digest: str, *, until: datetime | None = None) -> "CountedReport":
        """From the payload of a verified final report."""
        return cls(
            instance=payload["instance"],
            period=payload["period"],
            revision=payload["revision"],
            digest=digest,
            issued_at=parse_moment(payload["issued_at"]),
            currency=payload["currency"],
            net=_figure(payload, NET),
            income=_figure(payload, INCOME),
            common_cash=sum(
                cost["amount"] for cost in payload["costs"] if (cost["scope"], cost["kind"]) == ("common", "cash")
            ),
            until=until,
            supersedes=payload.get("supersedes", ""),
        )


@dataclass(frozen=True)
class Standing:
    """An instance at a month: its latest report that counted, whether the month's own is missing, and sums by currency.

    ``turnover`` is that of the last twelve accepted months; a missing month counts as the mean of the three before it.
    """

    report: CountedReport | None
    estimated: bool
    turnover: Mapping[str, Fraction]

    @property
    def income(self) -> dict[str, Fraction]:
        return {self.report.currency: self.report.income} if self.report else {}

    @property
    def common_cash(self) -> dict[str, Fraction]:
        """What the month's own report says was paid for the common software; nothing where it is missing."""
        if self.report is None or self.estimated:
            return {}
        return {self.report.currency: Fraction(self.report.common_cash)}


class Archive:
    """Final reports of any number of instances and months; the order in which they come does not matter."""

    def __init__(self, reports: Iterable[CountedReport]) -> None:
        self._reports: dict[str, list[CountedReport]] = defaultdict(list)
        ordered = sorted(reports, key=lambda report: (report.period, report.revision, report.digest))
        ends = {report.digest: report.until for report in ordered}
        for report in ordered:
            self._reports[report.instance].append(replace(report, since=ends.get(report.supersedes)))

    def standing(self, instance: str, period: str, before: datetime) -> Standing:
        """How an instance stands in ``period`` by the reports issued ``before`` that instant.

        Of several revisions of a month the highest counts.
        """
        counted = {
            report.period: report
            for report in self._reports.get(instance, [])
            if report.period <= period and report.counts(before)
        }
        months = [counted[month] for month in sorted(counted, reverse=True)[:MONTHS_A_YEAR]]
        estimated = period not in counted
        turnover: dict[str, Fraction] = defaultdict(Fraction)
        if estimated:
            last = months[:ESTIMATED_FROM]
            for report in last:
                turnover[report.currency] += report.net / len(last)
            _add(turnover, months[: MONTHS_A_YEAR - 1])
        else:
            _add(turnover, months)
        return Standing(months[0] if months else None, estimated, turnover)

    def moved_between(self, start: datetime, end: datetime) -> Iterator[CountedReport]:
        """Reports that count at one of two instants only."""
        for reports in self._reports.values():
            yield from (report for report in reports if report.counts(start) != report.counts(end))


def _add(sums: dict[str, Fraction], reports: Iterable[CountedReport]) -> None:
    for report in reports:
        sums[report.currency] += report.net


def _figure(payload: dict[str, Any], name: str) -> Fraction:
    shown = cell(payload, name)
    if shown is not None:
        return Fraction(shown)
    band = next(entry for entry in payload["bands"] if entry["field"] == name)
    return Fraction(band["from"] + band["to"], 2)
