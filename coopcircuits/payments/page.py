"""Opening a payment page at the provider: one request, on whichever account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from coopcircuits.payments.answers import HostedCheckout
from coopcircuits.payments.errors import ProviderUnavailable
from coopcircuits.payments.reading import check_currency, instant, translated_errors

if TYPE_CHECKING:
    import stripe

Method = Literal["card", "sepa_debit"]


@dataclass(frozen=True)
class PageRequest:
    """One payment to ask for.

    ``reference`` (at most 200 characters) comes back in every status. ``expires_at`` must be 30 minutes to 24 hours
    ahead. ``{CHECKOUT_SESSION_ID}`` in ``success_url`` becomes the id. The key is stored before the call.
    """

    reference: str
    amount_minor: int
    currency: str
    description: str
    email: str
    locale: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    idempotency_key: str


def open_page(
    client: "stripe.StripeClient", page: PageRequest, *, methods: Sequence[Method], account: str | None = None
) -> HostedCheckout:
    """Open the page on a connected account, or on our own; raises what the provider's answers are translated to."""
    check_currency(page.currency)
    options: stripe.RequestOptions = {"idempotency_key": page.idempotency_key}
    if account is not None:
        options["stripe_account"] = account
    with translated_errors():
        session = client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "ui_mode": "hosted_page",
                "client_reference_id": page.reference,
                "customer_email": page.email,
                "locale": "fr" if page.locale == "fr" else "en",
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": page.currency.lower(),
                            "unit_amount": page.amount_minor,
                            "product_data": {"name": page.description},
                        },
                    }
                ],
                "payment_intent_data": {"description": page.description, "metadata": {"reference": page.reference}},
                "allowed_payment_method_types": list(methods),
                # The buyer pays the very amount and currency of what is owed.
                "adaptive_pricing": {"enabled": False},
                "success_url": page.success_url,
                "cancel_url": page.cancel_url,
                "expires_at": int(page.expires_at.timestamp()),
            },
            options,
        )
        if not session.url:
            raise ProviderUnavailable(f"checkout {session.id} has no page")
        return HostedCheckout(session.id, session.url, instant(session.expires_at))
