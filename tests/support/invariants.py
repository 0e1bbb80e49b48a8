"""What must hold whatever happened: nothing oversold, nobody charged twice, a ledger that agrees with the orders."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coopcircuits.mail.models import Mail
from orders.order.amounts import work_out
from orders.order.models import Order, OrderLine, OrderState
from orders.order_cycle.models import Slot
from orders.payment.models import GIVEN_BACK, Payment, PaymentState, Refund, RefundState
from orders.sale.models import SaleEntry, SaleKind
from shops.payment_method.models import PaymentKind
from shops.stock.models import Stock, StockMove

LIVE = (OrderState.AWAITING_PAYMENT, OrderState.PLACED, OrderState.COLLECTED)


def check_invariants(session: Session, *, initial: Mapping[int, int] | None = None) -> None:
    """Check all of them; ``initial`` is the stock by variant id before anybody ordered."""
    _check_stock(session, initial or {})
    _check_slots(session)
    _check_charges(session)
    _check_ledger(session)
    keys = session.scalars(select(Mail.key)).all()
    assert len(keys) == len(set(keys)), "a mail was written twice"


def _check_stock(session: Session, initial: Mapping[int, int]) -> None:
    sold: Counter[int] = Counter()
    for variant_id, quantity in session.execute(
        select(OrderLine.variant_id, OrderLine.quantity).join(OrderLine.order).where(Order.state.in_(LIVE))
    ):
        sold[variant_id] += quantity
    for stock in session.scalars(select(Stock).execution_options(populate_existing=True)):
        assert stock.on_hand >= 0, f"variant {stock.variant_id} was oversold"
        moved = session.scalar(select(func.sum(StockMove.delta)).where(StockMove.variant_id == stock.variant_id)) or 0
        if stock.variant_id in initial:
            assert stock.on_hand + sold[stock.variant_id] == initial[stock.variant_id], "stock was lost or found"
        assert stock.on_hand == moved, "the counter and its history differ"


def _check_slots(session: Session) -> None:
    for slot in session.scalars(select(Slot).execution_options(populate_existing=True)):
        live = session.scalar(select(func.count()).where(Order.slot_id == slot.id, Order.state.in_(LIVE)))
        assert slot.taken == live, f"slot {slot.id} counts {slot.taken}, has {live}"
        assert slot.capacity is None or slot.taken <= slot.capacity


def _check_charges(session: Session) -> None:
    charged = Counter(
        session.scalars(
            select(Payment.order_id).where(Payment.kind == PaymentKind.CARD, Payment.state == PaymentState.PAID)
        )
    )
    assert all(times == 1 for times in charged.values()), "an order was charged twice"
    refunded: Counter[int] = Counter()
    for refund in session.scalars(select(Refund).where(Refund.state.in_(GIVEN_BACK))):
        refunded[refund.payment_id] += refund.amount
    for payment in session.scalars(select(Payment)):
        assert refunded[payment.id] <= payment.amount, "more was given back than was paid"


def _check_ledger(session: Session) -> None:
    gross: Counter[int] = Counter()
    goodwill: Counter[int] = Counter()
    taxes: dict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
    for entry in session.scalars(select(SaleEntry)):
        assert entry.gross == entry.net + entry.tax
        assert entry.net == sum(net for net, _ in entry.taxes.values())
        assert entry.tax == sum(tax for _, tax in entry.taxes.values())
        gross[entry.order_id] += entry.gross
        if entry.kind is SaleKind.REFUND:
            goodwill[entry.order_id] -= entry.gross
        for rate, (net, tax) in entry.taxes.items():
            taxes[entry.order_id][rate, "net"] += net
            taxes[entry.order_id][rate, "tax"] += tax
    for order in session.scalars(select(Order)):
        lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
        amounts = work_out([(line.total, line.tax_rate_bp) for line in lines], order.delivery_fee)
        assert (order.items_total, order.total, order.tax_total) == (
            amounts.items_total,
            amounts.total,
            amounts.tax_total,
        )
        is_sale = order.state in (OrderState.PLACED, OrderState.COLLECTED)
        assert gross[order.id] == (order.total - goodwill[order.id] if is_sale else 0), f"ledger of order {order.id}"
        if not is_sale:
            assert not any(taxes[order.id].values()), "a cancelled order leaves tax behind"
        elif not goodwill[order.id]:
            assert taxes[order.id] == Counter(
                {(str(r), n): getattr(part, n) for r, part in amounts.taxes.items() for n in ("net", "tax")}
            )
        _check_money(session, order, gross[order.id])


def _check_money(session: Session, order: Order, due: int) -> None:
    """Paid, less given back, plus still expected = due, for orders that are sales or were."""
    if order.state is OrderState.AWAITING_PAYMENT:
        return
    payments = session.scalars(select(Payment).where(Payment.order_id == order.id)).all()
    paid = {p.id: p.amount for p in payments if p.state is PaymentState.PAID}
    expected = sum(
        p.amount
        for p in payments
        if p.state is PaymentState.PENDING and not (p.kind is PaymentKind.CARD and order.state is OrderState.CANCELLED)
    )
    back = sum(
        r.amount
        for r in session.scalars(select(Refund).where(Refund.payment_id.in_(paid), Refund.state.in_(GIVEN_BACK)))
    )
    failed = session.scalar(select(func.count()).where(Refund.payment_id.in_(paid), Refund.state == RefundState.FAILED))
    assert failed or sum(paid.values()) - back + expected == due, f"money of order {order.id}"
