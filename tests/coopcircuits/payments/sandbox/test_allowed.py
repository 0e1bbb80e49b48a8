"""The sandbox knows exactly the parameters that the official SDK documents for its API version."""

import importlib
from typing import Any

import pytest
from stripe import RequestOptions, _api_version

from coopcircuits.payments.sandbox import API_VERSION, allowed
from coopcircuits.payments.sandbox.parameters import Either, Group, Many

OPTIONS = set(RequestOptions.__annotations__)
SESSION, INTENT, ACCOUNT = "checkout._session", "_payment_intent", "_account"
CASES = [
    (allowed.CHECKOUT_CREATE, f"{SESSION}_create_params", "SessionCreateParams"),
    (allowed.CHECKOUT_LIST, f"{SESSION}_list_params", "SessionListParams"),
    (allowed.RETRIEVE, f"{SESSION}_retrieve_params", "SessionRetrieveParams"),
    (allowed.RETRIEVE, f"{SESSION}_expire_params", "SessionExpireParams"),
    (allowed.INTENT_CREATE, f"{INTENT}_create_params", "PaymentIntentCreateParams"),
    (allowed.INTENT_CONFIRM, f"{INTENT}_confirm_params", "PaymentIntentConfirmParams"),
    (allowed.INTENT_RETRIEVE, f"{INTENT}_retrieve_params", "PaymentIntentRetrieveParams"),
    (allowed.INTENT_CANCEL, f"{INTENT}_cancel_params", "PaymentIntentCancelParams"),
    (allowed.INTENT_LIST, f"{INTENT}_list_params", "PaymentIntentListParams"),
    (allowed.REFUND_CREATE, "_refund_create_params", "RefundCreateParams"),
    (allowed.REFUND_LIST, "_refund_list_params", "RefundListParams"),
    (allowed.DISPUTE_LIST, "_dispute_list_params", "DisputeListParams"),
    (allowed.ACCOUNT_CREATE, f"{ACCOUNT}_create_params", "AccountCreateParams"),
    (allowed.ACCOUNT_LIST, f"{ACCOUNT}_list_params", "AccountListParams"),
    (allowed.ACCOUNT_LINK_CREATE, "_account_link_create_params", "AccountLinkCreateParams"),
    (allowed.EVENT_LIST, "_event_list_params", "EventListParams"),
    (allowed.TRANSACTION_LIST, "_balance_transaction_list_params", "BalanceTransactionListParams"),
]
#: Open-ended at Stripe: dozens of capabilities, of which a shop needs two.
PARTIAL = {"capabilities"}


def test_the_version_is_the_sdks() -> None:
    assert API_VERSION == _api_version._ApiVersion.CURRENT


@pytest.mark.parametrize(("group", "module", "name"), CASES, ids=[name for _, _, name in CASES])
def test_every_name_is_documented_and_none_is_forgotten(group: Group, module: str, name: str) -> None:
    compare(group, importlib.import_module(f"stripe.params.{module}"), name)


def compare(group: Group, module: Any, name: str) -> None:
    """The group's names against a typed dictionary's; nested ones are named after their parent and key."""
    documented = set(getattr(module, name).__annotations__) - OPTIONS
    assert group.names == documented, name
    for key, shape in group.shapes.items():
        inner = shape.item if isinstance(shape, Many) else shape.group if isinstance(shape, Either) else shape
        if isinstance(inner, Group) and key not in PARTIAL:
            camel = "".join(part.capitalize() for part in key.split("_"))
            singular = camel.removesuffix("s") if isinstance(shape, Many) else camel
            compare(inner, module, name + singular)
