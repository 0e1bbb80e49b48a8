"""Pages about the commons: our report before it is published, and everybody's beside it."""

import json

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.allocation.explained import Explained, explained
from billing.availability.queries import days, outages
from billing.commons import queries, services
from billing.commons.beside import Beside, beside, months
from billing.commons.draft import Draft, draft_report
from billing.commons.forms import PublishForm
from billing.commons.instance import instance_name, open_keys, profile, signed_identity
from billing.dispute.cases import Case, cases
from billing.dispute.words import state_text
from billing.peer import queries as peers
from billing.treasury.queries import position_of
from billing.treasury.runway import step_of
from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.cooperative.queries import cooperative
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, InvalidInput, NotFound
from coopcircuits.federation.index import etag
from coopcircuits.federation.reasons import Refusal
from coopcircuits.i18n import _
from coopcircuits.period import Month
from coopcircuits.site import site
from coopcircuits.templating import month_text

#: Months offered for review, the present one included.
_OFFERED = 4


def public() -> ResponseReturnValue:
    """The latest month for which anybody reported."""
    known = months(read_session())
    return _public(known[0] if known else None)


def public_month(period: str) -> ResponseReturnValue:
    return _public(str(_month(period)))


def received(digest: str) -> ResponseReturnValue:
    """A sister's report as it came, to be verified by anybody."""
    report = peers.by_digest(read_session(), digest)
    response = Response(report.envelope, mimetype="application/json")
    response.headers["ETag"] = etag(report.envelope)
    response.cache_control.public, response.cache_control.max_age = True, 365 * 24 * 3600
    response.make_conditional(request)
    return response


def review() -> ResponseReturnValue:
    """The month that is due: the last one that is over."""
    return _review(Month.of(clock.now(), site().zone).plus(-1), PublishForm())


def review_month(period: str) -> ResponseReturnValue:
    return _review(_month(period), PublishForm())


def publish(period: str) -> ResponseReturnValue:
    month, form = _month(period), PublishForm.posted()
    if form.accepted:
        try:
            with transaction() as session:
                report = services.publish_report(
                    session,
                    actor=current_actor(),
                    month=month,
                    instance=instance_name(),
                    keys=open_keys(),
                    reason=form.reason.data or "",
                    reviewed=form.reviewed.data or "",
                )
            flash(_("The report is published: %(month)s.", month=month_text(report.period)), "success")
            return redirect(url_for("commons.review_month", period=report.period))
        except DomainError as error:
            form.refuse(error)
    return _review(month, form)


def _public(period: str | None) -> ResponseReturnValue:
    month = _beside(period) if period else None
    return render_template(
        "billing/commons/public.html",
        month=month,
        found=_explained(month) if month else None,
        contested=_contested(period) if period else [],
        state_text=state_text,
    )


def _review(month: Month, form: PublishForm) -> ResponseReturnValue:
    session, now = read_session(), clock.now()
    home = cooperative(session)
    if home is None:
        raise NotFound
    found = draft_report(session, home=home, month=month, instance=instance_name(), now=now)
    form.reviewed.data = found.content
    newest, side_by_side = Month.of(now, home.zone), _beside(str(month))
    page = render_template(
        "billing/commons/review.html",
        period=str(month),
        draft=found,
        position=position_of(session, str(month)),
        step=step_of(home.currency),
        document=_pretty(found),
        form=form,
        offered=[str(newest.plus(-step)) for step in reversed(range(_OFFERED))],
        published=queries.published(session),
        trouble=_trouble(),
        month=side_by_side,
        found=_explained(side_by_side),
        contested=_contested(str(month)),
        state_text=state_text,
        days=days(session, month, home.zone, now=now),
        outages=outages(session, month.starts_at(home.zone), month.ends_at(home.zone), now=now),
    )
    return page, 422 if form.errors else 200


def _beside(period: str) -> Beside:
    return beside(read_session(), period=period, us=profile(), now=clock.now())


def _explained(month: Beside) -> Explained | None:
    return explained(read_session(), month, instance_name())


def _contested(period: str) -> list[Case]:
    us = profile()
    return cases(read_session(), us=us.instance, our_name=us.name, period=period)


def _pretty(found: Draft) -> str:
    return json.dumps(found.payload, ensure_ascii=False, indent=2, sort_keys=True)


def _trouble() -> str | None:
    """Why sisters could not verify what we publish, if they could not."""
    try:
        signed_identity()
    except Refusal as refusal:
        return str(refusal)
    return None


def _month(period: str) -> Month:
    try:
        return Month.parse(period)
    except InvalidInput:
        raise NotFound from None
