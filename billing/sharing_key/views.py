"""Pages about keys of sharing: which rules, which are proposed, what one would change; proposing and adopting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.allocation import queries as allocations
from billing.allocation import services as allocating
from billing.allocation.explained import rule_text
from billing.commons import sharing_key
from billing.commons.instance import instance_name, open_keys, profile
from billing.commons.rates import RateMissing
from billing.commons.sharing_key import Kind, SharingKey
from billing.commons.words import amount_text
from billing.peer import queries as peers
from billing.sharing_key import queries, services
from billing.sharing_key.forms import AdoptForm, ProposalForm
from billing.sharing_key.models import ProposedKey
from billing.sharing_key.trial import Trial, trial
from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, NotFound
from coopcircuits.federation.schema import one_line
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
    return _index(_proposal_form())


def propose() -> ResponseReturnValue:
    form: ProposalForm = ProposalForm.posted()
    candidates = _candidates()
    form.offer({host: name for host, (name, _currency) in candidates.items()})
    if form.accepted:
        try:
            with transaction() as session:
                adopted = allocations.read_keys(session)
                row = services.propose_key(
                    session,
                    actor=current_actor(),
                    us=instance_name(),
                    payload=sharing_key.following(
                        adopted[-1] if adopted else None,
                        members={host: candidates[host][1] for host in form.sharing.data or []},
                        since=str(form.month),
                        decided_on=clock.now().date().isoformat(),
                        decision=one_line(form.decision.data or ""),
                        equal_permille=form.equal_permille,
                        floor=form.floor.data or 0,
                        cap_permille=form.cap_permille,
                        budget=form.budget.data,
                    ),
                    keys=open_keys(),
                )
            flash(_("Your proposal is signed. Your sisters see it when they next ask."), "success")
            return redirect(url_for("sharing_key.show", digest=row.digest))
        except DomainError as error:
            form.refuse(error)
    return _index(form)


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


def _index(form: ProposalForm) -> ResponseReturnValue:
    session = read_session()
    adopted = [_shown(key, queries.by_digest(session, key.digest), True) for key in allocations.read_keys(session)]
    waiting = {row.digest: row for row in queries.proposals(session)}
    proposed = [
        _shown(sharing_key.read(parse_envelope(row.envelope).payload), queries.by_digest(session, digest), False)
        for digest, row in waiting.items()
    ]
    form.offer({host: name for host, (name, _currency) in _candidates().items()})
    page = render_template(
        "billing/sharing_key/index.html", adopted=list(reversed(adopted)), proposed=proposed, form=form
    )
    return page, 422 if form.errors else 200


def _page(digest: str, form: AdoptForm) -> ResponseReturnValue:
    session = read_session()
    published, held = queries.by_digest(session, digest), allocations.key_by_digest(session, digest)
    source = held or next(iter(published), None)
    if source is None:
        raise NotFound
    key = sharing_key.read(parse_envelope(source.envelope).payload)
    us, latest = profile(), allocations.read_keys(session)
    names = {us.instance: us.name, **{peer.host: peer.name for peer in peers.peers(session)}}
    found, missing = _trial(key, names) if held is None else (None, "")
    page = render_template(
        "billing/sharing_key/show.html",
        shown=_shown(key, published, held is not None),
        names=names,
        latest=latest[-1] if latest else None,
        digest=digest,
        trial=found,
        missing=missing,
        form=form,
    )
    return page, 422 if form.errors else 200


def _trial(key: SharingKey, names: dict[str, str]) -> tuple[Trial | None, str]:
    """What it would change, or the currency whose rate is missing."""
    try:
        return trial(read_session(), key, this=Month.of(clock.now(), "UTC"), us=instance_name(), names=names), ""
    except RateMissing as missing:
        return None, missing.currency


def _shown(key: SharingKey, published: Sequence[ProposedKey], adopted: bool) -> Shown:
    return Shown(
        key,
        adopted,
        by=[row.peer.name for row in published if row.peer is not None],
        adopted_by=[row.peer.name for row in published if row.peer is not None and queries.is_adopted_there(row)],
        is_ours=any(row.peer_id is None for row in published),
    )


def _candidates() -> dict[str, tuple[str, str]]:
    """Who may share, (name, currency) by host: ourselves, our sisters, and whoever shares now."""
    session, us = read_session(), profile()
    keys = allocations.read_keys(session)
    found = {member.instance: (member.instance, member.currency) for member in (keys[-1].members if keys else [])}
    found |= {peer.host: (peer.name, peer.currency) for peer in peers.peers(session)}
    return found | {us.instance: (us.name, us.currency)}


def _proposal_form() -> ProposalForm:
    """What rules now, to be changed; our first proposal where nothing does."""
    adopted = allocations.read_keys(read_session())
    rule = adopted[-1].rule if adopted and adopted[-1].kind is Kind.HYBRID else {}
    return ProposalForm(
        data={
            "since": str(Month.of(clock.now(), "UTC").plus(1)),
            "equal": _percent(rule.get("equal_permille", 250)),
            "floor": rule.get("floor", 5_000),
            "cap": _percent(rule.get("cap_permille", 400)),
            "budget": adopted[-1].budget if adopted else None,
            "sharing": list(_candidates()),
        }
    )


def _percent(permille: int) -> str:
    return str(permille // 10) if permille % 10 == 0 else f"{permille // 10}.{permille % 10}"
