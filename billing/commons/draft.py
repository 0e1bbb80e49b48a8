"""Our own report of a month before it is signed: what it would say, and why it is or is not final."""

import enum
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from billing.availability.queries import measured
from billing.commons import cash, queries
from billing.commons.contributions import contributions_by_shop, income_by_shop
from billing.commons.errors import MonthNotBegun
from billing.commons.figures import (
    NO_PREVIOUS,
    Figures,
    Sales,
    ShopMonth,
)
from billing.commons.models import PublishedReport, ReportState
from billing.commons.report import build
from billing.commons.software import software
from billing.scheme import queries as schemes
from billing.scheme.models import SchemeKind
from billing.statement.errors import ForeignCurrency
from billing.treasury.queries import position_of
from coopcircuits import clock
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.signing import parse_envelope
from coopcircuits.period import Month

#: Where the sales of each scheme stand in a report: whoever pays a rate is told together.
_SCHEMES = {
    SchemeKind.PERCENT: "percent",
    SchemeKind.VOLUNTARY: "voluntary",
    SchemeKind.MARGIN: "percent",
    SchemeKind.STARTER: "percent",
    SchemeKind.EXEMPT: "exempt",
}
#: Members that change without the month's figures changing; probes go on while somebody reads a month under way.
_CIRCUMSTANCES = ("issued_at", "revision", "supersedes", "reason", "prev", "software", "availability")


class Waiting(enum.StrEnum):
    """Why a report cannot be final yet."""

    MONTH_UNDER_WAY = "month-under-way"
    STATEMENTS_OPEN = "statements-open"


@dataclass(frozen=True)
class Draft:
    """``payload`` as it would be signed now; ``latest`` is what it would replace, ``waiting`` why it is not final."""

    payload: dict[str, Any]
    latest: PublishedReport | None
    waiting: Waiting | None

    @property
    def content(self) -> str:
        """Digest of what the report tells of the month: the same for the same figures, whenever it is issued."""
        return content_digest(self.payload)

    @property
    def is_published(self) -> bool:
        """Whether the latest published revision says exactly this."""
        return self.latest is not None and content_digest(payload_of(self.latest)) == self.content

    @property
    def becomes_final(self) -> bool:
        """Whether all that changes is that a provisional report is now final, which needs no other reason."""
        return (
            self.latest is not None
            and self.latest.state is ReportState.PROVISIONAL
            and self.payload["state"] == ReportState.FINAL
        )


def payload_of(report: PublishedReport) -> dict[str, Any]:
    """What a report that we published says."""
    return parse_envelope(report.envelope).payload


def content_digest(payload: dict[str, Any]) -> str:
    """Digest of a payload without the circumstances of its publication, nor how long the cash lasts.

    That follows from the costs of other months: one written down late revises its own month, not all that came after.
    """
    content = {name: value for name, value in payload.items() if name not in _CIRCUMSTANCES}
    if "balance" in content:
        content["balance"] = content["balance"] | {"runway_months_tenths": None}
    return digest(content)


def draft_report(
    session: Session, *, home: Cooperative, month: Month, instance: str, now: datetime, reason: str = ""
) -> Draft:
    """Our report of ``month`` as it would be issued at ``now`` under the name ``instance``.

    Raises :class:`MonthNotBegun`, and :class:`ForeignCurrency` where a shop sold in another currency.
    """
    if now < month.starts_at(home.zone):
        raise MonthNotBegun(period=str(month))
    earlier = queries.revisions(session, str(month))
    latest = earlier[-1] if earlier else None
    waiting = _waiting(session, month, home.zone, now)
    figures = build_figures(
        session,
        home=home,
        month=month,
        instance=instance,
        issued_at=now,
        state=ReportState.PROVISIONAL if waiting else ReportState.FINAL,
        revision=latest.revision + 1 if latest else 1,
        supersedes=latest.digest if latest else None,
        reason=(reason or "…") if latest else None,
        hidden_before=_hidden(earlier),
    )
    return Draft(build(figures), latest, waiting)


def build_figures(
    session: Session, *, home: Cooperative, month: Month, instance: str, issued_at: datetime, **given: Any
) -> Figures:
    """The month's raw figures out of the ledger, the statements, the costs and the cash; the rest as ``given``."""
    before = queries.last_final(session, str(month.plus(-1)))
    activity = queries.activity(session, month, home.zone)
    sales = queries.sales_by_shop(session, month, home.zone)
    if shop := queries.foreign_shop(session, month, home.zone, home.currency):
        raise ForeignCurrency(shop=shop, currency=home.currency, period=str(month))
    position = position_of(session, str(month))
    if position and not cash.may_be_told(session, month):
        position = None
    return Figures(
        instance=instance,
        month=month,
        zone=home.zone,
        currency=home.currency,
        issued_at=issued_at,
        shops=_shops(session, home, month, sales, issued_at),
        registered_shops=queries.registered_shops(session, before=month.ends_at(home.zone), active=sales),
        active_shops=activity.active_shops,
        orders_completed=activity.completed,
        orders_cancelled=activity.cancelled,
        shoppers=activity.shoppers,
        software=software(session),
        costs=queries.costs(session, month),
        availability=measured(session, month, home.zone, now=issued_at),
        cash_end=position.cash if position else None,
        runway_months_tenths=position.runway if position else None,
        prev=before.digest if before else NO_PREVIOUS,
        hidden_last_month=_hidden(queries.revisions(session, str(month.plus(-1)))),
        **given,
    )


def _shops(
    session: Session, home: Cooperative, month: Month, sales: dict[int, Sales], now: datetime
) -> list[ShopMonth]:
    starts, ends = month.starts_at(home.zone), month.ends_at(home.zone)
    day = clock.local_date(min(ends, now), home.zone)
    contributions = contributions_by_shop(session, starts=starts, ends=ends, day=day)
    income = income_by_shop(session, starts=month.plus(-11).starts_at(home.zone), ends=ends)
    shop_ids = sorted(sales.keys() | contributions.keys() | income.keys())
    chosen = schemes.scheme_for(session, shop_ids, month)
    return [
        ShopMonth(
            scheme=_SCHEMES[chosen[shop_id].kind],
            sales=sales.get(shop_id, Sales()),
            contributions=contributions.get(shop_id, {}),
            income_12m=income.get(shop_id, 0),
        )
        for shop_id in shop_ids
    ]


def _waiting(session: Session, month: Month, zone: str, now: datetime) -> Waiting | None:
    if now < month.ends_at(zone):
        return Waiting.MONTH_UNDER_WAY
    return None if queries.is_closed(session, month) else Waiting.STATEMENTS_OPEN


def _hidden(reports: Collection[PublishedReport]) -> set[str]:
    """Cells that any of these reports suppresses."""
    return {entry["field"] for report in reports for entry in payload_of(report)["suppression"]}
