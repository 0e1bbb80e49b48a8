"""The shop's own account at the payment provider. No transaction is open while the provider answers."""

import hashlib

from coopcircuits.actor import Actor
from coopcircuits.db import Database
from coopcircuits.payments.gateway import Gateway
from shops.enterprise import queries, services


def onboarding_page(database: Database, gateway: Gateway, *, enterprise_id: int, back_url: str, actor: Actor) -> str:
    """Address of the provider's pages where the shop completes its account, which is opened on first use."""
    with database.reading() as session:
        enterprise = queries.by_id(session, enterprise_id)
    account = enterprise.payment_account
    if account is None:
        asked = (enterprise.email, enterprise.country, enterprise.name)
        # The same shop asking for the same account again, from two tabs or after a lost answer, gets the same one.
        digest = hashlib.sha256(repr(asked).encode()).hexdigest()[:20]
        account = gateway.create_account(
            email=enterprise.email,
            country=enterprise.country,
            name=enterprise.name,
            idempotency_key=f"account-of-{enterprise_id}-{digest}",
        )
        with database.transaction() as session:
            kept = services.connect_payment_account(session, actor=actor, enterprise_id=enterprise_id, account=account)
            account = kept.payment_account or account
    return gateway.onboarding_link(account, refresh_url=back_url, return_url=back_url)


def look_again(database: Database, gateway: Gateway, *, enterprise_id: int, actor: Actor) -> bool:
    """Ask the provider whether the account can take cards, and write it down."""
    with database.reading() as session:
        account = queries.by_id(session, enterprise_id).payment_account
    if account is None:
        return False
    status = gateway.fetch_account(account)
    with database.transaction() as session:
        services.set_payment_account_ready(
            session, actor=actor, enterprise_id=enterprise_id, ready=status.charges_enabled
        )
    return status.charges_enabled
