"""Pages about disputes: all of them, one of them, and contesting a figure of a sister's report."""

import hashlib
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.commons.instance import instance_name, open_keys
from billing.dispute import cases, queries, services
from billing.dispute.document import Act, Verdict
from billing.dispute.forms import ClaimForm, SayForm
from billing.dispute.services import Evidence
from billing.dispute.words import state_text
from billing.peer import queries as peers
from coopcircuits.asked import page_of
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _, lazy
from coopcircuits.site import site


def index() -> ResponseReturnValue:
    session = read_session()
    page = page_of(queries.how_many(session), queries.PAGE)
    found = cases.cases(session, us=instance_name(), our_name=site().name, page=page.number)
    return render_template("billing/dispute/index.html", cases=found, state_text=state_text, page=page)


def show(digest: str) -> ResponseReturnValue:
    return _page(digest, SayForm())


def new(peer_id: int, digest: str) -> ResponseReturnValue:
    return _claim_page(peer_id, digest, ClaimForm())


def claim(peer_id: int, digest: str) -> ResponseReturnValue:
    form: ClaimForm = ClaimForm.posted()
    report = _report(peer_id, digest)
    form.offer(report)
    if form.accepted:
        try:
            with transaction() as session:
                dispute = services.open_dispute(
                    session,
                    actor=current_actor(),
                    us=instance_name(),
                    keys=open_keys(),
                    issuer=report["instance"],
                    report_digest=digest,
                    field=form.figure.data,
                    claimed=form.value,
                    reason=form.reason.data or "",
                    evidence=_evidence(form),
                )
            flash(_("The dispute is signed and public. The sister reads it when it next asks us."), "success")
            return redirect(url_for("dispute.show", digest=dispute.digest))
        except DomainError as error:
            form.refuse(error)
    return _claim_page(peer_id, digest, form)


#: What the buttons of a dispute's page sign, by their value.
_SAYINGS: dict[str, tuple[Act, Verdict | None]] = {
    "answer": (Act.ANSWER, None),
    "uphold": (Act.VERDICT, Verdict.UPHELD),
    "reject": (Act.VERDICT, Verdict.REJECTED),
    "withdraw": (Act.WITHDRAWAL, None),
}
#: What is told once it is signed.
_SIGNED = {
    "answer": lazy("Your answer is signed and public."),
    "uphold": lazy("Signed and public: you find the dispute justified."),
    "reject": lazy("Signed and public: you find the dispute unjustified."),
    "withdraw": lazy("The dispute is withdrawn. That too is signed and public."),
}


def say(digest: str) -> ResponseReturnValue:
    """Sign what the button says."""
    form: SayForm = SayForm.posted()
    asked = request.form.get("act", "")
    saying = asked if asked in _SAYINGS else "answer"
    act, verdict = _SAYINGS[saying]
    if form.accepted:
        try:
            with transaction() as session:
                services.say(
                    session,
                    actor=current_actor(),
                    us=instance_name(),
                    keys=open_keys(),
                    dispute=digest,
                    act=act,
                    verdict=verdict,
                    reason=form.reason.data or "",
                    evidence=_evidence(form),
                )
            flash(str(_SIGNED[saying]), "success")
            return redirect(url_for("dispute.show", digest=digest))
        except DomainError as error:
            form.refuse(error)
    return _page(digest, form)


def _page(digest: str, form: SayForm) -> ResponseReturnValue:
    session = read_session()
    case = cases.case_of(session, digest, us=instance_name(), our_name=site().name)
    judges = queries.sharing_in(session, case.dispute.period) - {case.dispute.claimant, case.dispute.issuer}
    page = render_template(
        "billing/dispute/show.html",
        case=case,
        form=form,
        sayings=_open_to_us(case),
        state_text=state_text,
        judges=len(judges),
    )
    return page, 422 if form.errors else 200


def _open_to_us(case: cases.Case) -> list[tuple[str, str]]:
    """The buttons, as (value, label), of what we may sign now."""
    ours = case.dispute.issuer == case.us
    labels = {
        "answer": _("Sign this answer"),
        "uphold": _("Admit the mistake") if ours else _("Find the dispute justified"),
        "reject": _("Find the dispute unjustified"),
        "withdraw": _("Withdraw the dispute"),
    }
    return [(value, labels[value]) for value, saying in _SAYINGS.items() if case.we_may(*saying)]


def _claim_page(peer_id: int, digest: str, form: ClaimForm) -> ResponseReturnValue:
    report = _report(peer_id, digest)
    page = render_template(
        "billing/dispute/new.html",
        peer=peers.peer_of(read_session(), peer_id),
        report=report,
        digest=digest,
        form=form.offer(report),
    )
    return page, 422 if form.errors else 200


def _report(peer_id: int, digest: str) -> dict[str, Any]:
    session = read_session()
    host = peers.peer_of(session, peer_id).host
    return queries.report_in_dispute(session, issuer=host, digest=digest, us=instance_name())


def _evidence(form: SayForm) -> list[Evidence]:
    """What was named, fixed by the fingerprint of its file if there is one. The file itself is not kept."""
    sent = request.files.get("file")
    content = sent.stream.read() if sent is not None and sent.filename else b""
    if not form.evidence.data and not content:
        return []
    name = form.evidence.data or (sent.filename if sent else "") or ""
    return [Evidence(name[:200], hashlib.sha256(content).hexdigest() if content else None)]
