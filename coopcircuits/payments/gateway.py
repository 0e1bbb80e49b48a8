"""Card payments by Stripe: everything the other floors may ask of the provider, and the answers in our own words.

Every amount is in minor units of its currency. Every call that changes something takes an idempotency key that the
caller has stored *before* the call, together with every other argument: after :class:`ProviderUnavailable` the same
call with the same key is safe for 24 hours; later, fetch first.

Charges are direct: they name the shop's own account (``Stripe-Account``), so that buyers' money never passes through
the platform. The provider's events only say "look again"; what is true is always fetched.
"""

from typing import TYPE_CHECKING, Protocol

from coopcircuits.payments.answers import (
    AccountStatus,
    CheckoutStatus,
    HostedCheckout,
    ProviderEvent,
    RefundStatus,
)
from coopcircuits.payments.errors import GatewayMisconfigured, ProviderRefused, WebhookRejected
from coopcircuits.payments.page import PageRequest, open_page
from coopcircuits.payments.reading import (
    checkout_status,
    refund_status,
    translated_errors,
)
from coopcircuits.payments.webhook import read_webhook

if TYPE_CHECKING:
    import stripe

STRIPE_API = "https://api.stripe.com"
TIMEOUT_SECONDS = 15


class PaymentSettings(Protocol):
    """The settings that card payments need; an empty ``stripe_api_base`` means Stripe itself."""

    @property
    def stripe_secret_key(self) -> str: ...
    @property
    def stripe_api_base(self) -> str: ...
    @property
    def stripe_webhook_secret(self) -> str: ...
    @property
    def is_production(self) -> bool: ...


class Gateway:
    """One platform's door to Stripe. ``http_client`` and ``retries`` are the SDK's; it may be shared by threads."""

    def __init__(
        self,
        secret_key: str,
        *,
        api_base: str = STRIPE_API,
        webhook_secret: str = "",
        http_client: "stripe.HTTPClient | None" = None,
        retries: int = 1,
    ) -> None:
        import stripe  # 0.8 s: only processes that speak to Stripe pay for it

        stripe.enable_telemetry = False  # else each call reports our timings, and an identity is written to ~/.config
        self.livemode = "_live_" in secret_key
        self._webhook_secret = webhook_secret
        self.client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base, "connect": api_base, "files": api_base, "meter_events": api_base},
            max_network_retries=retries,
            http_client=http_client or stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        )
        self._v1 = self.client.v1

    # ---- payments

    def create_checkout(self, account: str, page: PageRequest) -> HostedCheckout:
        """Open a payment page for one order of ``account``: cards only, other methods may settle days later, when the
        cycle is already packed.
        """
        _check_account(account)
        return open_page(self.client, page, methods=["card"], account=account)

    def fetch_checkout(self, account: str, checkout_id: str) -> CheckoutStatus:
        """The checkout as it is now."""
        _check_account(account)
        with translated_errors():
            return checkout_status(self._v1.checkout.sessions.retrieve(checkout_id, None, {"stripe_account": account}))

    def expire_checkout(self, account: str, checkout_id: str, idempotency_key: str) -> CheckoutStatus:
        """Close the page if it is still open, and say how the checkout ended: it may have been paid in between."""
        _check_account(account)
        try:
            with translated_errors():
                return checkout_status(
                    self._v1.checkout.sessions.expire(
                        checkout_id, None, {"stripe_account": account, "idempotency_key": idempotency_key}
                    )
                )
        except ProviderRefused:
            return self.fetch_checkout(account, checkout_id)

    def refund(
        self, account: str, *, payment_intent: str, amount_minor: int, reference: str, idempotency_key: str
    ) -> RefundStatus:
        """Give back ``amount_minor`` of a payment; refused beyond what is left of it."""
        _check_account(account)
        with translated_errors():
            return refund_status(
                self._v1.refunds.create(
                    {
                        "payment_intent": payment_intent,
                        "amount": amount_minor,
                        "reason": "requested_by_customer",
                        "metadata": {"reference": reference},
                    },
                    {"stripe_account": account, "idempotency_key": idempotency_key},
                )
            )

    def fetch_refunds(self, account: str, payment_intent: str) -> tuple[RefundStatus, ...]:
        """Every refund of a payment, newest first, with those made at the provider's own site."""
        _check_account(account)
        with translated_errors():
            page = self._v1.refunds.list({"payment_intent": payment_intent, "limit": 100}, {"stripe_account": account})
            return tuple(refund_status(refund) for refund in page.auto_paging_iter())

    # ---- shops' accounts

    def create_account(self, *, email: str, country: str, name: str, idempotency_key: str) -> str:
        """Open an account that belongs to the shop: it pays Stripe's fees and Stripe carries the risk. Gives its id."""
        with translated_errors():
            account = self._v1.accounts.create(
                {
                    "email": email,
                    "country": country.upper(),
                    "business_profile": {"name": name},
                    "controller": {
                        "fees": {"payer": "account"},
                        "losses": {"payments": "stripe"},
                        "requirement_collection": "stripe",
                        "stripe_dashboard": {"type": "full"},
                    },
                    "capabilities": {"card_payments": {"requested": True}, "transfers": {"requested": True}},
                },
                {"idempotency_key": idempotency_key},
            )
            return account.id

    def onboarding_link(self, account: str, refresh_url: str, return_url: str) -> str:
        """A link, good once and for a few minutes, to the pages where the shop's owner completes the account.

        ``refresh_url`` is visited when the link is stale and should ask for a new one.
        """
        _check_account(account)
        with translated_errors():
            return self._v1.account_links.create(
                {"account": account, "type": "account_onboarding", "refresh_url": refresh_url, "return_url": return_url}
            ).url

    def fetch_account(self, account: str) -> AccountStatus:
        """The account as it is now."""
        _check_account(account)
        with translated_errors():
            found = self._v1.accounts.retrieve(account)
            return AccountStatus(found.id, bool(found.charges_enabled), bool(found.details_submitted))

    # ---- events

    def read_webhook(self, payload: bytes, signature: str, secret: str | None = None) -> ProviderEvent:
        """The event of a webhook call, if it is signed with our secret, recent and of our mode (live or test).

        ``signature`` is the ``Stripe-Signature`` header, ``secret`` the endpoint's if not the settings' one.
        """
        event = read_webhook(payload, signature, self._webhook_secret if secret is None else secret)
        if event.livemode != self.livemode:
            raise WebhookRejected(f"{event.id} is not of this mode")
        return event


def gateway_from(settings: PaymentSettings, http_client: "stripe.HTTPClient | None" = None) -> Gateway:
    """The gateway these settings describe; raises :class:`GatewayMisconfigured` when they are unsafe or empty."""
    key, base = settings.stripe_secret_key, settings.stripe_api_base.rstrip("/") or STRIPE_API
    if not key:
        raise GatewayMisconfigured("no secret key")
    if base != STRIPE_API or http_client is not None:
        if settings.is_production:
            raise GatewayMisconfigured("a payment sandbox cannot be used in production")
        if not key.startswith("sk_test_"):
            raise GatewayMisconfigured("only a test key may be shown to a payment sandbox")
    return Gateway(key, api_base=base, webhook_secret=settings.stripe_webhook_secret, http_client=http_client)


def _check_account(account: str) -> None:
    if not account.startswith("acct_"):
        raise ProviderRefused("a payment must name the shop's account: the platform never holds buyers' money")
