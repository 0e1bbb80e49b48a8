"""A statement in sentences: the same on the page, on paper, in the mail and in the terminal."""

from fractions import Fraction

from billing.scheme.models import SchemeKind, VatTreatment
from billing.scheme.words import scheme_name
from billing.statement.models import Statement
from billing.statement.queries import MonthSummary
from coopcircuits.i18n import gettext, ngettext
from coopcircuits.money import rounded
from coopcircuits.templating import money_text, month_text, rate_text, short_date
from orders.sale.models import SaleKind


def explanation(statement: Statement) -> str:
    """How the month leads to what is owed, figure by figure."""
    return " ".join(
        part for part in (_sales(statement), _carry(statement), _scheme(statement), *_rest(statement)) if part
    )


def _sales(statement: Statement) -> str:
    parts = [
        ngettext(
            "In %(month)s: %(num)s online order",
            "In %(month)s: %(num)s online orders",
            statement.order_count,
            month=month_text(statement.period),
        )
    ]
    if statement.refund_count:
        parts.append(
            ngettext("%(num)s cancellation or refund", "%(num)s cancellations or refunds", statement.refund_count)
        )
    parts.append(gettext("%(net)s before tax", net=money_text(statement.net, statement.currency)))
    return ", ".join(parts) + "."


def _carry(statement: Statement) -> str:
    if not statement.carried_in:
        return ""
    return gettext(
        "Carried over from before: %(carried)s, so %(base)s counts.",
        carried=money_text(statement.carried_in, statement.currency),
        base=money_text(statement.base, statement.currency),
    )


def _scheme(statement: Statement) -> str:
    amount = money_text(statement.computed, statement.currency)
    match statement.scheme:
        case SchemeKind.PERCENT:
            return gettext("%(rate)s scheme: %(amount)s.", rate=rate_text(statement.rate_bp), amount=amount)
        case SchemeKind.VOLUNTARY:
            return gettext("Amount of your choice: %(amount)s.", amount=amount)
        case SchemeKind.MARGIN if statement.purchases is None:
            return gettext(
                "No purchases were declared, so the %(rate)s scheme holds: %(amount)s.",
                rate=rate_text(statement.rate_bp),
                amount=amount,
            )
        case SchemeKind.MARGIN:
            return gettext(
                "Less %(purchases)s of purchases, %(rate)s of the margin: %(amount)s.",
                purchases=money_text(statement.purchases or 0, statement.currency),
                rate=rate_text(statement.rate_bp),
                amount=amount,
            )
        case SchemeKind.STARTER if not statement.rated:
            return gettext("Starting shop, still free: %(amount)s.", amount=amount)
        case SchemeKind.STARTER:
            return gettext(
                "Starting shop, %(rate)s of %(rated)s: %(amount)s.",
                rate=rate_text(statement.rate_bp),
                rated=money_text(statement.rated, statement.currency),
                amount=amount,
            )
        case SchemeKind.EXEMPT:
            return gettext("Exempt (%(reason)s): %(amount)s.", reason=statement.scheme_reason, amount=amount)


def _by_rate(statement: Statement) -> int:
    """What the rate alone gives, before minimum and cap."""
    return rounded(Fraction(statement.rated * statement.rate_bp, 10_000))


def _bounds(statement: Statement) -> str:
    """Where the least or the most that is asked came in."""
    if statement.scheme in (SchemeKind.VOLUNTARY, SchemeKind.EXEMPT) or statement.computed == _by_rate(statement):
        return ""
    by_rate, currency = money_text(_by_rate(statement), statement.currency), statement.currency
    if statement.computed > _by_rate(statement):
        return gettext(
            "The rate alone gives %(amount)s; at least %(minimum)s is asked.",
            amount=by_rate,
            minimum=money_text(statement.minimum, currency),
        )
    return gettext(
        "The rate alone gives %(amount)s; at most %(cap)s is asked.",
        amount=by_rate,
        cap=money_text(statement.cap, currency),
    )


def _rest(statement: Statement) -> list[str]:
    sentences = [_bounds(statement)]
    if statement.adjusted:
        sentences.append(
            gettext("Adjusted by the cooperative: %(amount)s.", amount=_signed(statement.adjusted, statement))
        )
    if statement.contribution_tax:
        sentences.append(
            gettext(
                "Tax %(rate)s: %(amount)s.",
                rate=rate_text(statement.contribution_tax_bp),
                amount=money_text(statement.contribution_tax, statement.currency),
            )
        )
    if statement.vat is VatTreatment.GIFT and statement.contribution:
        sentences.append(gettext("This is a gift without counterpart: no VAT."))
    if statement.carried_out:
        sentences.append(
            gettext(
                "More was given back than sold: %(carried)s goes to your next statement.",
                carried=money_text(statement.carried_out, statement.currency),
            )
        )
    return sentences


def _signed(amount: int, statement: Statement) -> str:
    return ("+" if amount > 0 else "") + money_text(amount, statement.currency)


def calculation(statement: Statement) -> list[tuple[str, str]]:
    """The same as a column of figures, top to bottom; the last line is what is owed."""
    lines = [
        (gettext("Online sales, tax included"), statement.gross),
        (gettext("Tax inside them"), -statement.tax),
        (gettext("Online turnover before tax"), statement.net),
    ]
    if statement.carried_in:
        lines.append((gettext("Carried over from before"), statement.carried_in))
        lines.append((gettext("Counted this month"), statement.base))
    texts = [(label, money_text(amount, statement.currency)) for label, amount in [*lines, *_computed(statement)]]
    if statement.adjusted:
        texts.append((gettext("Adjusted by the cooperative"), _signed(statement.adjusted, statement)))
    return texts + _owed(statement)


def _computed(statement: Statement) -> list[tuple[str, int]]:
    """From what is counted to what the scheme gives."""
    lines, kind = [], statement.scheme
    if kind is SchemeKind.MARGIN and statement.purchases is not None:
        lines.append((gettext("Purchases declared"), -statement.purchases))
        lines.append((gettext("Margin"), statement.rated))
    if kind is SchemeKind.STARTER:
        lines.append((gettext("Free while it starts"), statement.rated - statement.base))
        label = scheme_name(SchemeKind.PERCENT, statement.rate_bp)
    elif kind is SchemeKind.MARGIN and statement.purchases is None:
        label = gettext("No purchases declared: %(rate)s of online sales", rate=rate_text(statement.rate_bp))
    else:
        label = scheme_name(kind, statement.rate_bp)
    if kind in (SchemeKind.VOLUNTARY, SchemeKind.EXEMPT):
        return [*lines, (label, statement.computed)]
    by_rate = _by_rate(statement)
    lines.append((label, by_rate))
    if statement.computed > by_rate:
        lines.append((gettext("At least, a month"), statement.computed))
    elif statement.computed < by_rate:
        lines.append((gettext("At most, a month"), statement.computed))
    return lines


def _owed(statement: Statement) -> list[tuple[str, str]]:
    tax, total = (money_text(amount, statement.currency) for amount in (statement.contribution_tax, statement.total))
    if statement.vat is VatTreatment.GIFT:
        return [(gettext("Gift without counterpart, no VAT"), tax), (gettext("Contribution"), total)]
    return [
        (gettext("Tax, %(rate)s", rate=rate_text(statement.contribution_tax_bp)), tax),
        (gettext("Contribution, tax included"), total),
    ]


def closed_sentence(done: MonthSummary) -> str:
    """That a month is closed, and what waits."""
    return ngettext(
        "%(month)s is closed: %(num)s statement to check.",
        "%(month)s is closed: %(num)s statements to check.",
        done.statements,
        month=month_text(done.period).capitalize(),
    )


def kind_name(kind: SaleKind) -> str:
    """What a line of a statement is."""
    names = {
        SaleKind.SALE: gettext("Order"),
        SaleKind.CHANGE: gettext("Quantities changed"),
        SaleKind.CANCELLATION: gettext("Cancellation"),
        SaleKind.REFUND: gettext("Refund"),
    }
    return names[kind]


def state_sentence(statement: Statement) -> str:
    """Whether it may still change."""
    zone = statement.enterprise.zone
    if statement.is_provisional:
        return gettext("Month so far: it can still change until the month is closed.")
    if statement.approved_at is None:
        return gettext("Being checked by the cooperative.")
    return gettext("Checked and approved on %(day)s.", day=short_date(statement.approved_at, zone))
