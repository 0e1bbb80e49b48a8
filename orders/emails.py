"""Mails about orders: to the shopper in the shop's name, to the shop's people with the shopper to answer to."""

from typing import Any

from sqlalchemy.orm import Session

from coopcircuits.i18n import N_
from coopcircuits.links import link_to
from coopcircuits.mail import services as mail
from orders.order.models import Order
from orders.order.page import OrderPage, load
from orders.order.queries import by_id
from orders.payment.models import Payment, Refund
from shops.enterprise.queries import notified_people


def order_placed(session: Session, *, order_id: int) -> None:
    """The confirmation on a lasting medium: what, from whom, where, when, how much, until when it can be changed."""
    page = _page(session, order_id)
    subject = N_("Order %(reference)s confirmed: %(shop)s")
    _to_shopper(session, page, f"order-placed:{order_id}", "order_placed", subject)


def order_placed_for_shop(session: Session, *, order_id: int) -> None:
    page = _page(session, order_id)
    subject = N_("New order from %(customer)s: %(reference)s")
    _to_shop(session, page, f"order-placed-shop:{order_id}", "placed", subject)


def order_changed(session: Session, *, order_id: int, event_id: int) -> None:
    page = _page(session, order_id)
    _to_shopper(
        session, page, f"order-changed:{event_id}", "order_changed", N_("Order %(reference)s changed: %(shop)s")
    )
    subject = N_("%(customer)s changed order %(reference)s")
    _to_shop(session, page, f"order-changed-shop:{event_id}", "changed", subject)


def order_cancelled(session: Session, *, order_id: int, event_id: int, by_shop: bool) -> None:
    page = _page(session, order_id)
    subject = N_("Order %(reference)s cancelled: %(shop)s")
    _to_shopper(session, page, f"order-cancelled:{event_id}", "order_cancelled", subject)
    if not by_shop:
        subject = N_("%(customer)s cancelled order %(reference)s")
        _to_shop(session, page, f"order-cancelled-shop:{event_id}", "cancelled", subject)


def order_expired(session: Session, *, order_id: int) -> None:
    """The card was not charged in time."""
    page = _page(session, order_id)
    subject = N_("Order %(reference)s was not paid: %(shop)s")
    _to_shopper(session, page, f"order-expired:{order_id}", "order_expired", subject)


def payment_received(session: Session, *, payment: Payment) -> None:
    """A cheque or a transfer has arrived."""
    page = _page(session, payment.order_id)
    subject = N_("Payment received for order %(reference)s: %(shop)s")
    _to_shopper(session, page, f"payment-received:{payment.id}", "payment_received", subject, payment=payment)


def refund_done(session: Session, *, refund_id: int, order_id: int) -> None:
    page = _page(session, order_id)
    subject = N_("Refund for order %(reference)s: %(shop)s")
    refund = _refund(page, refund_id)
    _to_shopper(session, page, f"refund-done:{refund_id}", "refund_done", subject, refund=refund)


def refund_failed(session: Session, *, refund_id: int, order_id: int) -> None:
    """The shop has to look at it: the money is still on its account."""
    page = _page(session, order_id)
    subject = N_("A refund failed for order %(reference)s")
    refund = _refund(page, refund_id)
    _to_shop(session, page, f"refund-failed:{refund_id}", "refund-failed", subject, refund=refund)


def _page(session: Session, order_id: int) -> OrderPage:
    return load(session, by_id(session, order_id))


def _refund(page: OrderPage, refund_id: int) -> Refund:
    return next(refund for refund in page.refunds if refund.id == refund_id)


def _to_shopper(session: Session, page: OrderPage, key: str, template: str, subject: str, **more: Any) -> None:
    order = page.order
    mail.queue(
        session,
        key=key,
        to=order.email,
        language=order.language,
        reply_to=order.shop.email,
        sender_name=order.shop.name,
        template=f"orders/mail/{template}",
        subject=subject,
        link=link_to("order.show", reference=order.reference, secret=order.link_secret),
        **_context(order),
        page=page,
        **more,
    )


def _to_shop(session: Session, page: OrderPage, key: str, what: str, subject: str, **more: Any) -> None:
    order = page.order
    for person in notified_people(session, enterprise_id=order.shop_id):
        mail.queue(
            session,
            key=f"{key}:{person.user_id}",
            to=person.user.email,
            language=person.user.language,
            reply_to=order.email,
            template="orders/mail/for_shop",
            subject=subject,
            what=what,
            link=link_to("order.manage", shop=order.shop.permalink, reference=order.reference),
            **_context(order),
            page=page,
            **more,
        )


def _context(order: Order) -> dict[str, Any]:
    return {
        "order": order,
        "reference": order.reference,
        "customer": order.customer_name,
        "shop": order.shop.name,
        "seller": order.shop,
    }
