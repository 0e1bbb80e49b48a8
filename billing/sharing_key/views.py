"""Pages about keys of sharing: which rules, which are proposed, what one would change; adopting one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.allocation import queries as allocations
from billing.allocation import services as allocating
from billing.commons import sharing_key
from billing.commons.instance import open_keys, profile
from billing.commons.kinds import KINDS, rule_text
from billing.commons.sharing_key import SharingKey
from billing.commons.words import amount_text
from billing.peer import queries as peers
from billing.sharing_key import queries, trial
from billing.sharing_key.forms import AdoptForm
from billing.sharing_key.models import ProposedKey
from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, NotFound
from coopcircuits.federation.signing import parse_envelope
from coopcircuits.i18n import _
from coopcircuits.period import Month
from coopcircuits.templating import short_date


@dataclass(frozen=True)
class Shown:
    """A key as a page shows it: ``by`` are names of who proposes it, ``adopted_by`` of who adopted it."""

    key: SharingKey
    adopted: bool
    by: Sequence[str]
    adopted_by: Sequence[str]
    is_ours: bool

    @property
    def name(self) -> str:
        """The kind of key."""
        return str(KINDS[self.key.kind].name)

    @property
    def rule(self) -> str:
        return rule_text(self.key)

    @property
    def decided(self) -> str:
        """The day of the decision."""
        return short_date(date.fromisoformat(self.key.decided_on))

    @property
    def budget(self) -> str:
        """What it shares a month, in words."""
        if self.key.budget is None:
            return _("what the reports say was spent for the common software")
        return amount_text(self.key.budget, "EUR")


def index() -> ResponseReturnValue:
    session = read_session()
    keys, locked = allocations.read_keys(session), allocations.locked_periods(session)
    published = queries.published(session)
    adopted = [_shown(key, published.pop(key.digest, []), True) for key in reversed(keys)]
    proposed: list[Shown] = []
    past: list[Shown] = []
    for rows in published.values():
        key = sharing_key.read(parse_envelope(rows[0].envelope).payload)
        (past if allocating.misplaced(key, keys, locked) else proposed).append(_shown(key, rows, False))
    return render_template("billing/sharing_key/index.html", adopted=adopted, proposed=proposed, past=past)


def show(digest: str) -> ResponseReturnValue:
    return _page(digest, AdoptForm())


def adopt(digest: str) -> ResponseReturnValue:
    form: AdoptForm = AdoptForm.posted()
    if form.accepted:
        try:
            with transaction() as session:
                published = queries.by_digest(session, digest)
                if not published:
                    raise NotFound
                payload = parse_envelope(published[0].envelope).payload
                allocating.adopt_key(session, actor=current_actor(), payload=payload, keys=open_keys())
            flash(_("The key of sharing is adopted. It rules from its first month on."), "success")
            return redirect(url_for("sharing_key.show", digest=digest))
        except NotFound:
            raise
        except DomainError as error:
            form.refuse(error)
    return _page(digest, form)


def _page(digest: str, form: AdoptForm) -> ResponseReturnValue:
    session = read_session()
    published, held = queries.by_digest(session, digest), allocations.key_by_digest(session, digest)
    source = held or next(iter(published), None)
    if source is None:
        raise NotFound
    key = sharing_key.read(parse_envelope(source.envelope).payload)
    us, present = profile(), sharing_key.in_force(allocations.read_keys(session), key.since)
    names = {us.instance: us.name, **{peer.host: peer.name for peer in peers.peers(session)}}
    page = render_template(
        "billing/sharing_key/show.html",
        shown=_shown(key, published, held is not None),
        names=names,
        present=present,
        digest=digest,
        tried=None if held else trial.try_out(session, key, this=this_month(), us=us.instance, names=names),
        refused="" if held else _refused(key),
        form=form,
    )
    return page, 422 if form.errors else 200


def this_month() -> Month:
    """The present month of the federation's calendar."""
    return Month.of(clock.now(), "UTC")


def _refused(key: SharingKey) -> str:
    """Why a proposal can no longer be adopted; empty where it can."""
    try:
        allocating.refuse_misplaced(read_session(), key)
    except DomainError as error:
        return str(error)
    return ""


def _shown(key: SharingKey, published: Sequence[ProposedKey], adopted: bool) -> Shown:
    return Shown(
        key,
        adopted,
        by=[row.peer.name for row in published if row.peer is not None],
        adopted_by=[row.peer.name for row in published if row.peer is not None and queries.is_adopted_there(row)],
        is_ours=any(row.peer_id is None for row in published),
    )
