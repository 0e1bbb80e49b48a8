"""Orders in the words of those who read them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from coopcircuits.events.models import Event
from coopcircuits.i18n import _
from coopcircuits.templating import money_text, short_moment, when_text
from orders.order.models import Order, OrderLine, OrderState
from orders.payment.models import Refund
from shops.product.models import UnitKind
from shops.product.units import unit_text


def state_name(state: OrderState) -> str:
    """The state in a word or two."""
    return {
        OrderState.AWAITING_PAYMENT: _("Waiting for payment"),
        OrderState.PLACED: _("Confirmed"),
        OrderState.COLLECTED: _("Collected"),
        OrderState.CANCELLED: _("Cancelled"),
    }[state]


def state_tone(state: OrderState) -> str:
    """The tone of its badge."""
    return {
        OrderState.AWAITING_PAYMENT: "warning",
        OrderState.PLACED: "success",
        OrderState.COLLECTED: "quiet",
        OrderState.CANCELLED: "danger",
    }[state]


def line_name(line: OrderLine) -> str:
    """ "Miel de lavande, pot"."""
    return f"{line.product_name}, {line.variant_name}" if line.variant_name else line.product_name


def line_unit(line: OrderLine) -> str:
    """ "500 g"."""
    return unit_text(UnitKind(line.unit_kind), line.unit_value, line.unit_name)


def timeline(
    order: Order,
    events: Iterable[Event],
    *,
    lines: Sequence[OrderLine],
    refunds: Sequence[Refund],
    people: Mapping[str, str],
    zone: str,
) -> list[dict[str, Any]]:
    """What happened, oldest first, for the timeline. ``people`` names actors by their label, see :func:`who`."""
    known_lines = {line.id: line for line in lines}
    known_refunds = {refund.id: refund for refund in refunds}
    entries = []
    for event in events:
        what = _what(order, event, known_lines)
        if what is None:
            continue
        refund = known_refunds.get(event.payload.get("refund_id", 0))
        why = refund.reason if refund else order.cancel_reason if event.name == "OrderCancelled" else ""
        entries.append(
            {
                "what": what,
                "why": _(why) if why else "",
                "who": people.get(event.actor, ""),
                "when": short_moment(event.at, zone),
                "iso": event.at.isoformat(),
            }
        )
    return entries


def _what(order: Order, event: Event, lines: Mapping[int, OrderLine]) -> str | None:
    facts = event.payload

    def amount(name: str = "amount") -> str:
        return money_text(facts[name], order.currency)

    if event.name == "OrderChanged":
        moves = [
            _("%(product)s: %(before)s → %(after)s", product=line_name(lines[line_id]), before=before, after=after)
            for line_id, before, after in facts["lines"]
            if line_id in lines
        ]
        total = _("total %(before)s → %(after)s", before=amount("before"), after=amount("after"))
        return _("Order changed: %(moves)s", moves="; ".join([*moves, total]))
    if event.name == "OrderReleased":
        return _("Not paid in time: the order was given up") if facts["expired"] else _("Given up before paying")
    if event.name == "PaymentNotAccepted":
        return _("A payment was not accepted: it is not the one expected")
    sentences = {
        "OrderReserved": lambda: _("Order sent, waiting for the card payment"),
        "OrderPlaced": lambda: _("Order confirmed, %(total)s", total=amount("total")),
        "OrderCancelled": lambda: _("Order cancelled"),
        "OrderCollected": lambda: _("Collected"),
        "CollectionUndone": lambda: _("Not collected after all"),
        "PaymentReceived": lambda: _("Payment received, %(amount)s", amount=amount()),
        "PaymentUndone": lambda: _("Payment not received after all, %(amount)s", amount=amount()),
        "RefundRequested": lambda: _("Refund asked for, %(amount)s", amount=amount()),
        "RefundDone": lambda: _("Refunded, %(amount)s", amount=amount()),
        "RefundFailed": lambda: _("The refund of %(amount)s failed; the shop looks into it", amount=amount()),
    }
    found = sentences.get(event.name)
    return found() if found else None


def who(
    order: Order, labels: Iterable[str], *, shop_name: str, names: Mapping[int, str] | None = None
) -> dict[str, str]:
    """Names of actors by their label: the shopper, the shop (its people by name where ``names`` has them), nobody."""
    found = {}
    for label in labels:
        user_id = int(label.removeprefix("user:")) if label.startswith("user:") else None
        if label == "guest" or (user_id is not None and user_id == order.user_id):
            found[label] = order.customer_name
        elif user_id is not None:
            found[label] = (names or {}).get(user_id, shop_name)
        else:
            found[label] = _("Automatically")
    return found


def pickup_words(order: Order, zone: str) -> str:
    """ "vendredi 27 novembre à 17 h"."""
    return when_text(order.pickup_from, zone)
