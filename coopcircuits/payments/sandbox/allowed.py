"""The parameters of each endpoint we use, as Stripe documents them for API version 2026-10-28.endive.

Written by hand from the typed parameters that the official SDK 16.1.0 carries; a test compares the names with the
SDK's, so that an upgrade which moves a parameter is seen. What the sandbox has no use for is listed as *unplayed* and
refused with a plain word: only a parameter that Stripe itself does not know is ``parameter_unknown``.
"""

from coopcircuits.payments.sandbox.parameters import (
    Choice,
    Currency,
    Either,
    Email,
    Flag,
    Group,
    Integer,
    Many,
    Metadata,
    Shape,
    Text,
    Url,
)

MOST = 99_999_999  # eight digits, whatever the currency


def unplayed(names: str) -> frozenset[str]:
    """A set of names, from one text."""
    return frozenset(names.split())


EXPAND = Many(Text(200), most=20)
RANGE = Either(Integer(), Group({"gt": Integer(), "gte": Integer(), "lt": Integer(), "lte": Integer()}))
PAGING: dict[str, Shape] = {
    "limit": Integer(1, 100),
    "starting_after": Text(255),
    "ending_before": Text(255),
    "expand": EXPAND,
}
REQUESTED = Group({"requested": Flag()})
LOCALE = Choice(
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro"
    " ru sk sl sv th tr vi zh zh-HK zh-TW"
)

RETRIEVE = Group({"expand": EXPAND})

PRICE_DATA = Group(
    {
        "currency": Currency(),
        "unit_amount": Integer(0, MOST),
        "product_data": Group(
            {
                "name": Text(),
                "description": Text(),
                "images": Many(Url(), most=8),
                "metadata": Metadata(),
                "unit_label": Text(12),
            },
            required=["name"],
            unplayed=unplayed("tax_code tax_details"),
        ),
        "tax_behavior": Choice("exclusive inclusive unspecified"),
    },
    required=["currency"],
    unplayed=unplayed("product recurring unit_amount_decimal"),
)

CHECKOUT_CREATE = Group(
    {
        "mode": Choice("payment setup subscription"),
        "ui_mode": Choice("elements embedded_page form hosted_page"),
        "line_items": Many(
            Group(
                {"price_data": PRICE_DATA, "quantity": Integer(1, 999_999), "metadata": Metadata()},
                unplayed=unplayed("adjustable_quantity price tax_rates"),
            )
        ),
        "success_url": Url(),
        "cancel_url": Url(),
        "expires_at": Integer(),
        "client_reference_id": Text(200),
        "customer_email": Email(),
        "locale": LOCALE,
        "currency": Currency(),
        "metadata": Metadata(),
        "expand": EXPAND,
        "allowed_payment_method_types": Many(Choice("card sepa_debit")),
        "adaptive_pricing": Group({"enabled": Flag()}),
        "customer_creation": Choice("always if_required"),
        "submit_type": Choice("auto book donate pay subscribe"),
        "payment_intent_data": Group(
            {
                "description": Text(1000),
                "metadata": Metadata(),
                "receipt_email": Email(),
                "statement_descriptor_suffix": Text(22),
            },
            unplayed=unplayed(
                "application_fee_amount capture_method on_behalf_of setup_future_usage shipping statement_descriptor"
                " transfer_data transfer_group"
            ),
        ),
    },
    required=["mode"],
    unplayed=unplayed(
        "after_expiration allow_promotion_codes automatic_tax billing_address_collection branding_settings"
        " consent_collection custom_fields custom_text customer customer_account customer_update discounts"
        " excluded_payment_method_types integration_identifier invoice_creation managed_payments name_collection"
        " optional_items origin_context payment_method_collection payment_method_configuration payment_method_data"
        " payment_method_options permissions phone_number_collection redirect_on_completion return_url"
        " saved_payment_method_options setup_intent_data shipping_address_collection shipping_options subscription_data"
        " tax_id_collection wallet_options"
    ),
)

CHECKOUT_LIST = Group(
    {
        **PAGING,
        "created": RANGE,
        "payment_intent": Text(255),
        "status": Choice("complete expired open"),
        "customer_details": Group({"email": Email()}, required=["email"]),
    },
    unplayed=unplayed("customer customer_account payment_link subscription"),
)

INTENT_CREATE = Group(
    {
        "amount": Integer(1, MOST),
        "currency": Currency(),
        "confirm": Flag(),
        "payment_method": Text(255),
        "automatic_payment_methods": Group(
            {"enabled": Flag(), "allow_redirects": Choice("always never")}, required=["enabled"]
        ),
        "allowed_payment_method_types": Many(Choice("card")),
        "confirmation_method": Choice("automatic manual"),
        "description": Text(1000),
        "metadata": Metadata(),
        "receipt_email": Email(),
        "return_url": Url(),
        "statement_descriptor_suffix": Text(22),
        "expand": EXPAND,
    },
    required=["amount", "currency"],
    unplayed=unplayed(
        "amount_details application_fee_amount capture_method confirmation_token customer customer_account"
        " error_on_requires_action excluded_payment_method_types hooks mandate mandate_data off_session on_behalf_of"
        " payment_details payment_method_configuration payment_method_data payment_method_options radar_options"
        " setup_future_usage shipping statement_descriptor transfer_data transfer_group use_stripe_sdk"
    ),
)

INTENT_CONFIRM = Group(
    {
        "payment_method": Text(255),
        "return_url": Url(),
        "receipt_email": Email(),
        "amount_to_confirm": Integer(1, MOST),
        "expand": EXPAND,
    },
    unplayed=unplayed(
        "allowed_payment_method_types amount_details capture_method confirmation_token error_on_requires_action"
        " excluded_payment_method_types hooks mandate mandate_data off_session payment_details payment_method_data"
        " payment_method_options radar_options setup_future_usage shipping use_stripe_sdk"
    ),
)

INTENT_RETRIEVE = Group({"client_secret": Text(255), "expand": EXPAND})

INTENT_CANCEL = Group(
    {"cancellation_reason": Choice("abandoned duplicate fraudulent requested_by_customer"), "expand": EXPAND}
)

INTENT_LIST = Group({**PAGING, "created": RANGE}, unplayed=unplayed("customer customer_account"))

REFUND_CREATE = Group(
    {
        "payment_intent": Text(255),
        "charge": Text(255),
        "amount": Integer(1, MOST),
        "reason": Choice("duplicate fraudulent requested_by_customer"),
        "metadata": Metadata(),
        "instructions_email": Email(),
        "expand": EXPAND,
    },
    unplayed=unplayed("currency customer origin refund_application_fee reverse_transfer"),
)

REFUND_LIST = Group({**PAGING, "created": RANGE, "payment_intent": Text(255), "charge": Text(255)})

DISPUTE_LIST = Group({**PAGING, "created": RANGE, "payment_intent": Text(255), "charge": Text(255)})

ACCOUNT_CREATE = Group(
    {
        "email": Email(),
        "country": Choice("AT BE CA CH DE DK ES FI FR GB IE IT LU NL NO PT SE US"),
        "business_profile": Group(
            {
                "name": Text(),
                "mcc": Text(4),
                "product_description": Text(40_000),
                "support_email": Email(),
                "support_phone": Text(40),
                "support_url": Url(),
                "url": Url(),
            },
            unplayed=unplayed(
                "annual_revenue estimated_worker_count minority_owned_business_designation monthly_estimated_revenue"
                " specified_commercial_transactions_act_url support_address"
            ),
        ),
        "business_type": Choice("company government_entity individual non_profit"),
        "capabilities": Group({"card_payments": REQUESTED, "transfers": REQUESTED}),
        "controller": Group(
            {
                "fees": Group({"payer": Choice("account application")}),
                "losses": Group({"payments": Choice("application stripe")}),
                "requirement_collection": Choice("application stripe"),
                "stripe_dashboard": Group({"type": Choice("express full none")}),
            }
        ),
        "default_currency": Currency(),
        "metadata": Metadata(),
        "type": Choice("custom express standard"),
        "expand": EXPAND,
    },
    unplayed=unplayed("account_token company documents external_account groups individual settings tos_acceptance"),
)

ACCOUNT_LIST = Group({**PAGING, "created": RANGE})

ACCOUNT_LINK_CREATE = Group(
    {
        "account": Text(255),
        "type": Choice("account_onboarding account_update"),
        "refresh_url": Url(),
        "return_url": Url(),
        "collect": Choice("currently_due eventually_due"),
        "collection_options": Group(
            {"fields": Choice("currently_due eventually_due"), "future_requirements": Choice("include omit")}
        ),
        "expand": EXPAND,
    },
    required=["account", "type"],
)

EVENT_LIST = Group(
    {**PAGING, "created": RANGE, "type": Text(255), "types": Many(Text(255), most=20), "delivery_success": Flag()}
)

TRANSACTION_LIST = Group(
    {**PAGING, "created": RANGE, "source": Text(255), "type": Choice("charge refund")},
    unplayed=unplayed("currency payout"),
)
