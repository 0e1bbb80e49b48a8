"""How a payment can fail, in the words of this house."""

from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_


class ProviderError(DomainError):
    """The payment provider did not do what was asked. ``detail`` is for logs, never for buyers."""

    def __init__(self, detail: str = "", *, decline_code: str | None = None) -> None:
        super().__init__()
        self.detail = detail
        self.decline_code = decline_code


class PaymentDeclined(ProviderError):
    """The buyer's bank said no; ``decline_code`` is Stripe's word for why."""

    code = "payment-declined"
    status = 402
    message = N_("The bank declined this card. Nothing was paid.")


class ProviderUnavailable(ProviderError):
    """No answer, or none that can be trusted: the call may have worked. Retry with the same key, or fetch."""

    code = "payment-provider-unavailable"
    status = 503
    message = N_("The payment service does not answer. Nothing is lost: please try again in a minute.")


class ProviderRefused(ProviderError):
    """The provider understood and refused: a mistake of ours, or an object in another state. Retrying is useless."""

    code = "payment-provider-refused"
    status = 502
    message = N_("The payment service refused this request.")


class GatewayMisconfigured(ProviderError):
    """Card payments cannot work with these settings."""

    code = "card-payments-off"
    status = 503
    message = N_("Card payments are not available here.")


class WebhookRejected(ProviderError):
    """The event is forged, too old, damaged or of the wrong mode."""

    code = "webhook-rejected"
    status = 400
    message = N_("This event was not accepted.")
