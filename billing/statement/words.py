"""A statement in sentences: the same on the page, on paper, in the mail and in the terminal."""

from billing.scheme.models import SchemeKind
from billing.scheme.words import scheme_name
from billing.statement.models import Statement
from coopcircuits.i18n import gettext, ngettext
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


def _rest(statement: Statement) -> list[str]:
    sentences = []
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
    currency = statement.currency
    lines = [
        (gettext("Online sales, tax included"), money_text(statement.gross, currency)),
        (gettext("Tax inside them"), money_text(-statement.tax, currency)),
        (gettext("Online turnover before tax"), money_text(statement.net, currency)),
    ]
    if statement.carried_in:
        lines.append((gettext("Carried over from before"), money_text(statement.carried_in, currency)))
        lines.append((gettext("Counted this month"), money_text(statement.base, currency)))
    lines.append((scheme_name(statement.scheme, statement.rate_bp), money_text(statement.computed, currency)))
    if statement.adjusted:
        lines.append((gettext("Adjusted by the cooperative"), _signed(statement.adjusted, statement)))
    lines.append(
        (
            gettext("Tax, %(rate)s", rate=rate_text(statement.contribution_tax_bp)),
            money_text(statement.contribution_tax, currency),
        )
    )
    lines.append((gettext("Contribution, tax included"), money_text(statement.total, currency)))
    return lines


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
