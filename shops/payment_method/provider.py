"""The payment provider of this instance, as every page that needs it asks for it."""

from typing import cast

from flask import current_app

from coopcircuits.doors import settings
from coopcircuits.payments.gateway import Gateway, gateway_from


def gateway() -> Gateway:
    """The gateway, made on first use; raises ``GatewayMisconfigured`` where no provider is set."""
    extensions = current_app.extensions
    if "payment_gateway" not in extensions:
        extensions["payment_gateway"] = gateway_from(settings())
    return cast(Gateway, extensions["payment_gateway"])


def has_provider() -> bool:
    """Whether cards can be offered at all on this instance."""
    return "payment_gateway" in current_app.extensions or bool(settings().stripe_secret_key)
