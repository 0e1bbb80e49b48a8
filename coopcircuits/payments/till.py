"""The cooperative's own account at Stripe: what shops pay the cooperative. Shoppers' money never comes here.

The rules of the gateway hold: the key is stored before the call, what is true is fetched, amounts are minor units.
"""

from dataclasses import replace
from datetime import datetime

from coopcircuits.payments.answers import CheckoutState, CheckoutStatus, HostedCheckout, MoneyBack, TillStatus
from coopcircuits.payments.errors import ProviderRefused
from coopcircuits.payments.gateway import Gateway
from coopcircuits.payments.page import PageRequest, open_page
from coopcircuits.payments.reading import checkout_status, instant, translated_errors

#: Stripe charges no less (euro cents; other currencies are about alike).
LEAST_MINOR = 50


class Till:
    """Pages on which an invoice is paid by card or, in euros, by SEPA direct debit."""

    def __init__(self, gateway: Gateway) -> None:
        self._client, self._v1 = gateway.client, gateway.client.v1

    def open_page(self, page: PageRequest) -> HostedCheckout:
        """Open a page for one payment."""
        return open_page(self._client, page, methods=["card", "sepa_debit"] if page.currency == "EUR" else ["card"])

    def fetch_page(self, checkout_id: str) -> TillStatus:
        """The page as it is now, and what came back of the money since."""
        with translated_errors():
            session = self._v1.checkout.sessions.retrieve(checkout_id, {"expand": ["payment_intent.latest_charge"]})
            status, intent = checkout_status(session), session.payment_intent
            if intent is None or isinstance(intent, str):
                return TillStatus(status, by_debit=False, returns=())
            if status.state is CheckoutState.PROCESSING and intent.status in ("requires_payment_method", "canceled"):
                status = replace(status, state=CheckoutState.FAILED)
            charge = intent.latest_charge
            details = None if charge is None or isinstance(charge, str) else charge.payment_method_details
            by_debit = details is not None and details.type == "sepa_debit"
        returns, failed = self._returns(status)
        return TillStatus(status, by_debit, returns, failed)

    def _returns(self, status: CheckoutStatus) -> tuple[tuple[MoneyBack, ...], tuple[MoneyBack, ...]]:
        """What went back, and what was to go back and did not. What waits is neither: its end is announced."""
        if status.state is not CheckoutState.PAID or status.payment_intent is None:
            return (), ()
        with translated_errors():
            refunds = self._v1.refunds.list({"payment_intent": status.payment_intent, "limit": 100})
            disputes = self._v1.disputes.list({"payment_intent": status.payment_intent, "limit": 100})
            went, failed = [], []
            for refund in refunds.auto_paging_iter():
                why = str(refund.reason or "")
                if refund.status == "succeeded":
                    went.append(MoneyBack(refund.id, refund.amount, why, instant(refund.created)))
                elif refund.status in ("failed", "canceled"):
                    why = str(refund.failure_reason or refund.status)
                    failed.append(MoneyBack(refund.id, refund.amount, why, instant(refund.created)))
            for dispute in disputes.auto_paging_iter():
                back = MoneyBack(dispute.id, dispute.amount, dispute.reason, instant(dispute.created))
                if dispute.status == "lost":
                    went.append(back)
                elif dispute.status == "won":
                    failed.append(back)
        return tuple(sorted(went, key=_in_order)), tuple(sorted(failed, key=_in_order))

    def close_page(self, checkout_id: str, idempotency_key: str) -> None:
        """Close the page if it is still open; one that is not, is left as it is."""
        try:
            with translated_errors():
                self._v1.checkout.sessions.expire(checkout_id, None, {"idempotency_key": idempotency_key})
        except ProviderRefused:
            return


def _in_order(back: MoneyBack) -> tuple[datetime, str]:
    return back.at, back.id
