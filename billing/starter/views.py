"""The countdown of a starting shop, on its contribution page."""

from flask import render_template
from markupsafe import Markup

from billing.scheme import queries as schemes
from billing.starter.queries import countdown, starting_at
from billing.starter.words import end_sentence, then_sentence
from coopcircuits import clock
from coopcircuits.doors import read_session
from coopcircuits.period import Month
from shops.permissions import current_enterprise


def shop_section() -> Markup | None:
    """How long a starting shop still gives nothing."""
    session, enterprise = read_session(), current_enterprise()
    own = [choice for choice in starting_at(session, clock.now()) if choice.enterprise_id == enterprise.id]
    if not own:
        return None
    stand = countdown(session, own[0])
    terms = schemes.terms_for(session, Month.of(clock.now(), enterprise.zone))
    page = render_template(
        "billing/starter/section.html",
        stand=stand,
        ends=end_sentence(stand, enterprise.currency),
        then=then_sentence(terms.starter_rate_bp),
    )
    return Markup(page)  # noqa: S704 - our own template
