"""Why a statement deserves a look, in words."""

from babel.dates import format_date

from billing.question.queries import Waiting
from billing.review.queries import Past, Reason, Row
from billing.scheme.models import SchemeKind
from billing.scheme.words import scheme_in_short
from billing.statement.models import Statement
from coopcircuits import i18n
from coopcircuits.i18n import gettext, ngettext
from coopcircuits.period import Month
from coopcircuits.templating import money_text, month_text, rate_text, short_date


def reason_badge(reason: Reason) -> tuple[str, str]:
    """One or two words and the tone of their badge."""
    badges = {
        Reason.QUESTIONED: (gettext("Question"), "danger"),
        Reason.NEGATIVE: (gettext("Negative"), "danger"),
        Reason.DOWN: (gettext("Down"), "warning"),
        Reason.UP: (gettext("Up"), "warning"),
        Reason.UNDECLARED: (gettext("Purchases missing"), "warning"),
        Reason.NEW: (gettext("New shop"), "info"),
        Reason.SCHEME: (gettext("Scheme changed"), "info"),
        Reason.LATE: (gettext("Late entries"), "info"),
        Reason.CAP: (gettext("Cap"), "quiet"),
        Reason.MINIMUM: (gettext("Minimum"), "quiet"),
        Reason.WAIVED: (gettext("Waived"), "quiet"),
        Reason.ADJUSTED: (gettext("Adjusted"), "quiet"),
    }
    return badges[reason]


def reason_sentence(row: Row, reason: Reason) -> str:
    """What happened, with its figures."""
    statement = row.statement
    match reason:
        case Reason.QUESTIONED if row.asked:
            text, since = row.asked
            day = short_date(since, statement.enterprise.zone)
            return gettext("waits for an answer since %(day)s: “%(words)s”", day=day, words=_shortened(text))
        case Reason.NEGATIVE:
            return gettext("%(amount)s more was given back than sold", amount=_money(-statement.net, statement))
        case Reason.DOWN | Reason.UP if row.last_month:
            return _movement(statement, row.last_month)
        case Reason.UNDECLARED:
            return gettext("no purchases declared, so the share of sales is asked for")
        case Reason.NEW:
            return gettext("the first statement of this shop")
        case Reason.SCHEME if row.last_month:
            return _scheme_change(statement, row.last_month)
        case Reason.LATE:
            return ngettext(
                "%(num)s entry of an earlier month is counted here",
                "%(num)s entries of earlier months are counted here",
                statement.late_count,
            )
        case Reason.CAP:
            return gettext("stopped at the highest contribution, %(amount)s", amount=_money(statement.cap, statement))
        case Reason.MINIMUM:
            return gettext("raised to the least contribution, %(amount)s", amount=_money(statement.minimum, statement))
        case _:
            return "; ".join(
                gettext("%(amount)s, “%(reason)s”", amount=_money(item.amount, statement), reason=item.reason)
                for item in statement.adjustments
            )


def _movement(statement: Statement, before: Past) -> str:
    share = rate_text(abs(statement.net - before.net) * 100 // before.net * 100)
    if statement.net < before.net:
        return gettext("%(share)s less than last month", share=share)
    return gettext("%(share)s more than last month", share=share)


def _scheme_change(statement: Statement, before: Past) -> str:
    if statement.scheme is before.scheme is SchemeKind.VOLUNTARY:
        return gettext(
            "%(now)s chosen, %(before)s last month",
            now=_money(statement.computed, statement),
            before=_money(before.computed, statement),
        )
    return gettext(
        "%(now)s, last month %(before)s",
        now=scheme_in_short(statement.scheme, statement.rate_bp),
        before=scheme_in_short(before.scheme, before.rate_bp),
    )


def curve_sentence(row: Row) -> str:
    """The sparkline for those who do not see it."""
    (first, least_recent), (last, latest) = row.history[0], row.history[-1]
    top_month, top = max(row.history, key=lambda point: point[1])
    return gettext(
        "Turnover from %(first)s (%(start)s) to %(last)s (%(end)s), highest in %(top_month)s (%(top)s)",
        first=month_text(first),
        start=_money(least_recent, row.statement),
        last=month_text(last),
        end=_money(latest, row.statement),
        top_month=month_text(top_month),
        top=_money(top, row.statement),
    )


def short_month(period: str) -> str:
    """ "2026-10" as "oct. 2026", for narrow columns."""
    text: str = format_date(Month.parse(period).first_day, "MMM y", locale=i18n.locale())
    return text


def waiting_sentence(month: Waiting, zone: str) -> str:
    """How many shops wait for an answer about a month."""
    return ngettext(
        "%(num)s shop waits for an answer, since %(day)s.",
        "%(num)s shops wait for an answer, the first since %(day)s.",
        month.questions,
        day=short_date(month.since, zone),
    )


def _shortened(text: str, most: int = 120) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0] + "…"


def _money(amount: int, statement: Statement) -> str:
    return money_text(amount, statement.currency)
