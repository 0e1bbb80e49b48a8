"""Addresses of this floor."""

from coopcircuits.access import PUBLIC, SIGNED_IN
from coopcircuits.routing import rule
from orders.cart import views as cart
from orders.checkout import views as checkout
from orders.distribution import views as distribution
from orders.order import staff_views as staff_order
from orders.order import views as order
from orders.order_cycle import views as order_cycle
from orders.payment import views as payment
from orders.shopfront import views as shopfront
from shops.permissions import Permission, staff

SALES = staff(Permission.EDIT_SALES)
ORDERS = staff(Permission.VIEW_ORDERS)

# ---- shopfront
RULES = [
    rule("/shops/<shop>", shopfront.show, access=PUBLIC),
    rule("/shops/<shop>/products/<int:product_id>", shopfront.product, access=PUBLIC),
]

# ---- cart
RULES += [
    rule("/basket", cart.baskets, access=PUBLIC),
    rule("/shops/<shop>/basket", cart.show, access=PUBLIC),
    rule("/shops/<shop>/basket", cart.save, access=PUBLIC, methods=["POST"]),
    rule("/shops/<shop>/basket/<reference>/adjust", cart.adjust, access=PUBLIC, methods=["POST"]),
    rule("/shops/<shop>/basket/<reference>/reuse", cart.reuse, access=PUBLIC, methods=["POST"]),
    rule("/shops/<shop>/basket/<reference>/discard", cart.discard, access=PUBLIC, methods=["POST"]),
]

# ---- order cycles
RULES += [
    rule("/manage/<shop>/cycles", order_cycle.index, access=ORDERS),
    rule("/manage/<shop>/cycles/new", order_cycle.new, access=SALES),
    rule("/manage/<shop>/cycles/new", order_cycle.create, access=SALES, methods=["POST"]),
    rule("/manage/<shop>/cycles/<reference>", order_cycle.edit, access=SALES),
    rule("/manage/<shop>/cycles/<reference>", order_cycle.save, access=SALES, methods=["POST"]),
    rule("/manage/<shop>/cycles/<reference>/repeat", order_cycle.repeat, access=SALES, methods=["POST"]),
]

# ---- checkout
RULES += [
    rule("/shops/<shop>/checkout", checkout.show, access=PUBLIC),
    rule(
        "/shops/<shop>/checkout",
        checkout.place,
        access=PUBLIC,
        methods=["POST"],
        limit="600 per 10 minutes",
        browser_limit="30 per 10 minutes",
    ),
]

# ---- an order by its link
LINK = "/orders/<reference>/<secret>"
RULES += [
    rule(LINK, order.show, access=PUBLIC),
    rule(f"{LINK}/change", order.change, access=PUBLIC),
    rule(f"{LINK}/change", order.save_change, access=PUBLIC, methods=["POST"]),
    rule(f"{LINK}/again", checkout.again, access=PUBLIC, methods=["POST"]),
    rule(f"{LINK}/cancel", order.ask_cancel, access=PUBLIC),
    rule(f"{LINK}/cancel", order.cancel, access=PUBLIC, methods=["POST"]),
    rule(
        f"{LINK}/pay",
        payment.pay,
        access=PUBLIC,
        methods=["POST"],
        limit="600 per 10 minutes",
        browser_limit="30 per 10 minutes",
    ),
    rule(f"{LINK}/paid", payment.paid, access=PUBLIC),
    rule("/account/orders", order.mine, access=SIGNED_IN),
    rule("/webhooks/stripe", payment.stripe_webhook, access=PUBLIC, methods=["POST"], needs_token=False),
]

# ---- the shop's day, its orders, what to pack
PACK = staff(Permission.PACK)
EDIT = staff(Permission.EDIT_ORDERS)
ORDER = "/manage/<shop>/orders/<reference>"
RULES += [
    rule("/manage/<shop>", distribution.day, access=staff(Permission.VIEW)),
    rule("/manage/<shop>/orders", distribution.orders, access=ORDERS),
    rule("/manage/<shop>/cycles/<reference>/packing", distribution.packing, access=ORDERS),
    rule("/manage/<shop>/cycles/<reference>/packing.csv", distribution.packing_file, access=ORDERS),
    rule(ORDER, staff_order.manage, access=ORDERS),
    rule(f"{ORDER}/collect", staff_order.collect, access=PACK, methods=["POST"]),
    rule(f"{ORDER}/uncollect", staff_order.uncollect, access=PACK, methods=["POST"]),
    rule(f"{ORDER}/cancel", staff_order.cancel_by_shop, access=EDIT, methods=["POST"]),
    rule(f"{ORDER}/refund", staff_order.refund_part, access=EDIT, methods=["POST"]),
    rule(f"{ORDER}/payments/<int:payment_id>/receive", staff_order.receive, access=PACK, methods=["POST"]),
    rule(f"{ORDER}/payments/<int:payment_id>/undo", staff_order.undo_receipt, access=EDIT, methods=["POST"]),
    rule(f"{ORDER}/refunds/<int:refund_id>/confirm", staff_order.confirm_refund, access=PACK, methods=["POST"]),
    rule(f"{ORDER}/refunds/<int:refund_id>/retry", staff_order.retry_refund, access=EDIT, methods=["POST"]),
]
