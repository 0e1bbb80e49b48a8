"""Pages about sister instances."""

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.commons.instance import instance_name, open_keys, own_identity, profile, pull_client
from billing.instances.listing import listing
from billing.peer import queries, services
from billing.peer.forms import ConfirmForm, HostForm
from billing.peer.models import Peer, PeerState, PullOutcome
from billing.peer.pulling import fetch_identity, pull_peer
from billing.peer.remarks import contact_of, remarks
from billing.peer.services import Finding
from billing.peer.signing_keys import keys_of
from billing.peer.standing import outcome_text, sentence, standing, subject_text
from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.federation.identity import Identity, fingerprint
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import decode_base64url, encode_base64url
from coopcircuits.i18n import _, ngettext


def index() -> ResponseReturnValue:
    session, now = read_session(), clock.now()
    found = listing(session, us=profile(), now=now)
    ids = [one.peer.id for one in found.sisters if one.peer]
    runs, doubtful = queries.last_runs(session, ids), queries.contradictions(session, ids)
    standings = {
        one.peer.id: standing(one.peer, runs.get(one.peer.id, []), now, contradicts=one.peer.id in doubtful)
        for one in found.sisters
        if one.peer
    }
    return render_template(
        "billing/peer/index.html", found=found, standings=standings, form=HostForm(), own=_own_fingerprint()
    )


def look_up() -> ResponseReturnValue:
    """First step: fetch the identity and show its fingerprint. Nothing is kept."""
    form = HostForm.posted()
    if form.accepted:
        try:
            _raw, identity = fetch_identity(pull_client(), form.host.data)
            return _confirmation(identity, ConfirmForm(data={"host": form.host.data}))
        except Refusal as refusal:
            refusal.field = "host"
            form.refuse(refusal)
    return render_template("billing/peer/new.html", form=form, own=_own_fingerprint()), 422 if form.errors else 200


def add() -> ResponseReturnValue:
    """Second step: the fingerprint was compared; trust the instance if it still answers with that key."""
    form = ConfirmForm.posted()
    accepted = form.accepted
    try:
        raw, identity = fetch_identity(pull_client(), form.host.data or "", pinned_root=form.pinned_root)
        if not accepted or form.pinned_root is None:
            return _confirmation(identity, form)
        with transaction() as session:
            peer = services.pin_peer(
                session, actor=current_actor(), raw=raw, identity=identity, own_name=instance_name()
            )
    except DomainError as error:
        form = HostForm.posted()
        error.field = "host"
        form.refuse(error)
        return render_template("billing/peer/new.html", form=form, own=_own_fingerprint()), 422
    flash(_("%(name)s is now one of your sister instances.", name=peer.name), "success")
    _ask(peer)
    return redirect(url_for("peer.show", peer_id=peer.id))


def show(peer_id: int) -> ResponseReturnValue:
    session, now = read_session(), clock.now()
    peer = queries.peer_of(session, peer_id)
    run = queries.last_runs(session, [peer.id]).get(peer.id, [])
    return render_template(
        "billing/peer/show.html",
        peer=peer,
        standing=standing(peer, run, now),
        remarks=remarks(session, peer, run, now, us=instance_name()),
        contact=contact_of(peer),
        keys=keys_of(peer, now),
        fingerprint=fingerprint(decode_base64url(peer.root_key, 32)),
        reports=queries.reports_of(session, peer.id),
        pulls=queries.pulls_of(session, peer.id),
        subject_text=subject_text,
        outcome_text=outcome_text,
        sentence=sentence,
    )


def pull(peer_id: int) -> ResponseReturnValue:
    _ask(queries.peer_of(read_session(), peer_id))
    return redirect(url_for("peer.show", peer_id=peer_id))


def pause(peer_id: int) -> ResponseReturnValue:
    peer = _change(peer_id, PeerState.PAUSED)
    flash(_("%(name)s is no longer asked. What it published stays visible.", name=peer.name), "success")
    return redirect(url_for("peer.show", peer_id=peer_id))


def resume(peer_id: int) -> ResponseReturnValue:
    peer = _change(peer_id, PeerState.ACTIVE)
    flash(_("%(name)s is asked again.", name=peer.name), "success")
    return redirect(url_for("peer.show", peer_id=peer_id))


def remove(peer_id: int) -> ResponseReturnValue:
    peer = _change(peer_id, PeerState.REMOVED)
    flash(_("%(name)s is no longer one of your sister instances.", name=peer.name), "success")
    return redirect(url_for("peer.index"))


def document(peer_id: int, pull_id: int) -> ResponseReturnValue:
    """The bytes that were refused, as they came, to be looked at together with the sister."""
    pull = queries.refused_document(read_session(), peer_id=peer_id, pull_id=pull_id)
    response = Response(pull.document, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="refused-{peer_id}-{pull_id}.txt"'
    return response


def _confirmation(identity: Identity, form: ConfirmForm) -> ResponseReturnValue:
    form.root_key.data = encode_base64url(identity.root_key)
    groups = fingerprint(identity.root_key).split()
    page = render_template(
        "billing/peer/confirm.html", form=form, identity=identity, groups=groups, own=_own_fingerprint()
    )
    return page, 422 if form.errors else 200


def _change(peer_id: int, state: PeerState) -> Peer:
    with transaction() as session:
        return services.change_state(session, actor=current_actor(), peer_id=peer_id, state=state)


def _ask(peer: Peer) -> None:
    """Ask now and say what came of it."""
    try:
        findings = pull_peer(
            transaction,
            pull_client(),
            peer_id=peer.id,
            actor=current_actor(),
            us=instance_name(),
            own_identity=own_identity(),
        )
    except DomainError as error:
        flash(str(error), "warning")
        return
    flash(*_summary(findings))


def _summary(findings: list[Finding]) -> tuple[str, str]:
    refused = [finding for finding in findings if finding.refusal and finding.outcome not in _HARMLESS]
    if refused:
        return _("%(what)s: %(why)s", what=subject_text(refused[0].subject), why=str(refused[0].refusal)), "danger"
    accepted = sum(finding.outcome is PullOutcome.ACCEPTED for finding in findings)
    if not accepted:
        return _("Nothing new there."), "success"
    return ngettext("%(num)s document received and verified.", "%(num)s documents received and verified.", accepted), (
        "success"
    )


_HARMLESS = (PullOutcome.UNCHANGED, PullOutcome.IGNORED)


def _own_fingerprint() -> list[str] | None:
    """The groups that our sisters compare; nothing while we have no keys."""
    try:
        return fingerprint(open_keys().root_key).split()
    except Refusal:
        return None
