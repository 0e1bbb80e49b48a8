"""Proposing a key of sharing: the kind first, then its figures, then what they would mean, then the signature."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.allocation import queries as allocations
from billing.allocation.services import refuse_misplaced
from billing.commons import sharing_key
from billing.commons.instance import instance_name, open_keys, profile
from billing.commons.kinds import KINDS, rule_text
from billing.commons.sharing_key import Kind, Member, SharingKey
from billing.peer import queries as peers
from billing.sharing_key import services
from billing.sharing_key.forms import ProposalForm, first_values, proposal_form
from billing.sharing_key.trial import try_out
from billing.sharing_key.views import this_month
from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from coopcircuits.period import Month
from coopcircuits.templating import month_text


def proposal() -> ResponseReturnValue:
    """The form of the kind that was chosen; the kinds, before one is."""
    kind, last = _kind(), _latest()
    if kind is None:
        present = sharing_key.in_force(allocations.read_keys(read_session()), str(this_month()))
        return render_template("billing/sharing_key/kinds.html", kinds=KINDS, present=present.kind if present else None)
    names = _labels()
    values = first_values(kind, names, last, str(this_month().plus(1)))
    return _page(proposal_form(kind, names)(data=values))


def propose() -> ResponseReturnValue:
    """Show what the key typed would have meant; the button that signs bears the digest of what was shown (``seen``)."""
    kind = _kind()
    if kind is None:
        return redirect(url_for("sharing_key.proposal"))
    form = proposal_form(kind, _labels()).posted()
    if "more" in request.form:
        form.add_line()
        return _page(form)
    if not form.accepted:
        return _page(form)
    try:
        payload = _payload(form)
        key = sharing_key.read(payload)
        refuse_misplaced(read_session(), key)
        if request.form.get("seen") != key.digest:
            return _page(form, typed=key)
        with transaction() as session:
            row = services.propose_key(
                session, actor=current_actor(), us=instance_name(), payload=payload, keys=open_keys()
            )
        flash(_("Your proposal is signed. Your sisters see it when they next ask."), "success")
        return redirect(url_for("sharing_key.show", digest=row.digest))
    except DomainError as error:
        form.refuse(error)
    return _page(form)


def _page(form: ProposalForm, typed: SharingKey | None = None) -> ResponseReturnValue:
    names = _names()
    page = render_template(
        "billing/sharing_key/propose.html",
        form=form,
        kind=form.kind,
        described=KINDS[form.kind],
        names=names,
        typed=typed,
        rule=rule_text(typed) if typed else "",
        tried=try_out(read_session(), typed, this=this_month(), us=instance_name(), names=names) if typed else None,
    )
    return page, 422 if form.errors else 200


def _payload(form: ProposalForm) -> dict[str, Any]:
    last, since = _latest(), str(form.month)
    held = {member.instance: member for member in last.members_after(since)} if last else {}
    currencies = {host: currency for host, (_name, currency) in _candidates().items()}
    chosen = [
        replace(held.get(host, Member(host, "", since)), currency=currencies[host], group=group)
        for host, group in form.members().items()
    ]
    return sharing_key.following(
        last,
        rule=form.rule(),
        members=chosen,
        since=since,
        decided_on=clock.now().date().isoformat(),
        decision=form["decision"].data,
        budget=form["budget"].data,
    )


def _kind() -> Kind | None:
    asked = request.args.get("kind", "")
    return Kind(asked) if asked in tuple(Kind) else None


def _latest() -> SharingKey | None:
    """The key of the highest version that we adopted."""
    return next(reversed(allocations.read_keys(read_session())), None)


def _names() -> Mapping[str, str]:
    return {host: name for host, (name, _currency) in _candidates().items()}


def _labels() -> Mapping[str, str]:
    """The names, with when somebody leaves or joins by the latest key: a proposal leaves that as it is."""
    said, this, last = dict(_names()), str(this_month()), _latest()
    for member in last.members if last else []:
        name = said[member.instance]
        if member.until is not None and member.until > this:
            final = month_text(str(Month.parse(member.until).plus(-1)))
            said[member.instance] = _("%(name)s, until %(month)s included", name=name, month=final)
        elif last is not None and member.since > max(this, last.since):
            said[member.instance] = _("%(name)s, from %(month)s on", name=name, month=month_text(member.since))
    return said


def _candidates() -> dict[str, tuple[str, str]]:
    """Who may share, (name, currency) by host: ourselves first, our sisters, and whoever shares now."""
    session, us, last = read_session(), profile(), _latest()
    found = {us.instance: (us.name, us.currency)}
    found |= {peer.host: (peer.name, peer.currency) for peer in peers.peers(session)}
    for member in last.members if last else []:
        found.setdefault(member.instance, (member.instance, member.currency))
    return found
