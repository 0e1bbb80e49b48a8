"""The cooperative's view of what happens behind the scenes: deliveries, mails, periodic jobs."""

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from coopcircuits import clock
from coopcircuits.cooperative.menu import section
from coopcircuits.doors import read_session, transaction
from coopcircuits.events import relay
from coopcircuits.i18n import ngettext
from coopcircuits.jobs import HEARTBEAT
from coopcircuits.mail import queries as mails
from coopcircuits.mail import services as mail_services
from coopcircuits.work import queries


def show() -> ResponseReturnValue:
    session = read_session()
    runs = queries.job_runs(session)
    beat = next((run.started_at for run in runs if run.name == HEARTBEAT), None)
    return render_template(
        "coopcircuits/work/work.html",
        stuck=queries.stuck_deliveries(session),
        mails=mails.not_sent(session),
        runs=[run for run in runs if run.name != HEARTBEAT],
        waiting=queries.count_waiting(session),
        mails_waiting=mails.count_waiting(session),
        beat=beat,
        reason=queries.reason,
        alive=beat is not None and clock.now() - beat < timedelta(minutes=1),
        **section(),
    )


def retry_delivery(delivery_id: int) -> ResponseReturnValue:
    with transaction() as db:
        relay.retry(db, delivery_id=delivery_id)
    return _will_be_retried(1)


def retry_failed() -> ResponseReturnValue:
    with transaction() as db:
        count = relay.retry_failed(db)
    return _will_be_retried(count)


def retry_mail(mail_id: int) -> ResponseReturnValue:
    with transaction() as db:
        mail_services.retry(db, mail_id=mail_id)
    return _will_be_retried(1)


def _will_be_retried(count: int) -> ResponseReturnValue:
    flash(ngettext("It is tried again now.", "%(num)s are tried again now.", count), "success")
    return redirect(url_for("work.show"))
