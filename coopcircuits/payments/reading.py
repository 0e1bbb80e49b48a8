"""Stripe's answers and errors, read into our own words. An answer that cannot be read counts as no answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from coopcircuits.payments.answers import CheckoutState, CheckoutStatus, RefundState, RefundStatus
from coopcircuits.payments.errors import PaymentDeclined, ProviderRefused, ProviderUnavailable

if TYPE_CHECKING:
    import stripe
    from stripe.checkout import Session

# Stripe counts these in other units than ISO 4217 (three decimals, or two for a currency without cents), so our minor
# units would be charged ten or a hundred times wrong. Currencies without decimals, such as JPY, agree in both.
ODD_CURRENCIES = frozenset({"BHD", "IQD", "ISK", "JOD", "KWD", "LYD", "OMR", "TND", "UGX"})


@contextmanager
def translated_errors() -> Iterator[None]:
    """Stripe's errors as ours."""
    import stripe

    try:
        yield
    except stripe.CardError as error:
        raise PaymentDeclined(str(error), decline_code=error.code) from error
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise ProviderUnavailable(str(error)) from error
    except stripe.StripeError as error:
        raise ProviderRefused(str(error)) from error


def check_currency(currency: str) -> None:
    """Refuse currencies that Stripe counts otherwise than we do."""
    if currency.upper() in ODD_CURRENCIES:
        raise ProviderRefused(f"{currency} has other minor units at Stripe")


def checkout_status(session: "Session") -> CheckoutStatus:
    """A hosted page as it stands."""
    if session.status == "complete":
        state = CheckoutState.PROCESSING if session.payment_status == "unpaid" else CheckoutState.PAID
    else:
        state = CheckoutState.EXPIRED if session.status == "expired" else CheckoutState.OPEN
    return CheckoutStatus(
        id=session.id,
        state=state,
        payment_intent=id_of(session.payment_intent),
        amount_minor=session.amount_total or 0,
        currency=(session.currency or "").upper(),
        reference=session.client_reference_id or "",
    )


def refund_status(refund: "stripe.Refund") -> RefundStatus:
    """A refund as it stands."""
    waiting = refund.status in (None, "pending", "requires_action")
    return RefundStatus(
        id=refund.id,
        state=RefundState.PENDING if waiting else RefundState(str(refund.status)),
        payment_intent=id_of(refund.payment_intent) or "",
        amount_minor=refund.amount,
        currency=refund.currency.upper(),
        reference=refund.metadata["reference"] if refund.metadata and "reference" in refund.metadata else "",
    )


def id_of(link: object) -> str | None:
    """The id behind a field that Stripe may fill with the object itself."""
    return link if link is None or isinstance(link, str) else str(getattr(link, "id"))  # noqa: B009 (object has no id)


def instant(seconds: int) -> datetime:
    """Seconds since 1970 as an instant."""
    return datetime.fromtimestamp(seconds, UTC)
