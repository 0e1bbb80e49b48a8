"""The end of a free time in sentences: the same on the page and in the mail."""

from billing.starter.queries import Countdown
from coopcircuits.i18n import gettext, ngettext
from coopcircuits.templating import day_text, money_text, rate_text


def end_sentence(stand: Countdown, currency: str) -> str:
    """Until when, and how much of the free turnover is sold."""
    if stand.is_over:
        return gettext("The free start is over.")
    days = ngettext(
        "No contribution until %(day)s: %(num)s day left.",
        "No contribution until %(day)s: %(num)s days left.",
        stand.days_left,
        day=day_text(stand.last_day),
    )
    if not stand.free_turnover:
        return days
    sold = gettext(
        "It ends earlier once %(limit)s are sold: %(sold)s so far.",
        limit=money_text(stand.free_turnover, currency),
        sold=money_text(stand.sold, currency),
    )
    return f"{days} {sold}"


def then_sentence(rate_bp: int) -> str:
    """What follows, and that nobody is held to it."""
    return gettext(
        "After that the shop gives %(rate)s of its online sales, or takes another scheme, as it may at any time.",
        rate=rate_text(rate_bp),
    )
