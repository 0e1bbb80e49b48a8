"""Addresses of this floor."""

from coopcircuits.access import PUBLIC
from coopcircuits.routing import rule
from orders.cart import views as cart
from orders.order_cycle import views as order_cycle
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
