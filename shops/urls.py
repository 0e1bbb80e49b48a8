"""Addresses of this floor."""

from coopcircuits.access import PUBLIC, SIGNED_IN
from coopcircuits.routing import rule
from shops.catalogue_import import views as catalogue_import
from shops.delivery import views as delivery
from shops.directory import views as directory
from shops.enterprise import staff_views
from shops.enterprise import views as enterprise
from shops.fee import views as fee
from shops.payment_method import views as payment_method
from shops.permissions import Permission, staff
from shops.product import views as product
from shops.supply_link import views as supply_link

BOTH = ("GET", "POST")
PROFILE = staff(Permission.EDIT_PROFILE)
CATALOGUE = staff(Permission.EDIT_CATALOGUE)
SALES = staff(Permission.EDIT_SALES)
PEOPLE = staff(Permission.EDIT_STAFF)

RULES = [
    rule("/shops", directory.index, access=PUBLIC),
    rule("/enterprises/<enterprise>", enterprise.public, access=PUBLIC),
    rule("/manage", enterprise.mine, access=SIGNED_IN),
    rule("/manage/new", enterprise.new, access=SIGNED_IN, methods=BOTH, limit="20 per hour"),
    rule("/manage/<shop>/profile", enterprise.profile, access=PROFILE, methods=BOTH),
    rule("/manage/<shop>/open", enterprise.open_to_public, access=PROFILE, methods=["POST"]),
    rule("/manage/<shop>/staff", staff_views.staff, access=PEOPLE),
    rule("/manage/<shop>/staff", staff_views.add_staff, access=PEOPLE, methods=["POST"], limit="30 per hour"),
    rule("/manage/<shop>/staff/<int:user_id>", staff_views.change_role, access=PEOPLE, methods=["POST"]),
    rule("/manage/<shop>/staff/<int:user_id>/remove", staff_views.remove_staff, access=PEOPLE, methods=["POST"]),
    rule("/manage/<shop>/products", product.index, access=CATALOGUE),
    rule("/manage/<shop>/products", product.save_list, access=CATALOGUE, methods=["POST"]),
    rule("/manage/<shop>/products/new", product.new, access=CATALOGUE, methods=BOTH),
    rule("/manage/<shop>/products/<int:product_id>", product.edit, access=CATALOGUE, methods=BOTH),
    rule("/manage/<shop>/products/<int:product_id>/delete", product.deletion, access=CATALOGUE),
    rule("/manage/<shop>/products/<int:product_id>/delete", product.delete, access=CATALOGUE, methods=["POST"]),
    rule("/manage/<shop>/products/export", catalogue_import.export, access=CATALOGUE),
    rule("/manage/<shop>/products/model", catalogue_import.model, access=CATALOGUE),
    rule("/manage/<shop>/products/import", catalogue_import.new, access=CATALOGUE),
    rule(
        "/manage/<shop>/products/import",
        catalogue_import.upload,
        access=CATALOGUE,
        methods=["POST"],
        limit="30 per 10 minutes",
    ),
    rule("/manage/<shop>/products/import/<int:import_id>", catalogue_import.preview, access=CATALOGUE),
    rule(
        "/manage/<shop>/products/import/<int:import_id>", catalogue_import.confirm, access=CATALOGUE, methods=["POST"]
    ),
    rule("/manage/<shop>/pickup", delivery.index, access=SALES),
    rule("/manage/<shop>/pickup/new", delivery.new, access=SALES, methods=BOTH),
    rule("/manage/<shop>/pickup/<int:method_id>", delivery.edit, access=SALES, methods=BOTH),
    rule("/manage/<shop>/pickup/<int:method_id>/remove", delivery.removal, access=SALES),
    rule("/manage/<shop>/pickup/<int:method_id>/remove", delivery.remove, access=SALES, methods=["POST"]),
    rule("/manage/<shop>/fees", fee.index, access=SALES),
    rule("/manage/<shop>/fees/new", fee.new, access=SALES, methods=BOTH),
    rule("/manage/<shop>/fees/<int:fee_id>", fee.edit, access=SALES, methods=BOTH),
    rule("/manage/<shop>/fees/<int:fee_id>/delete", fee.delete, access=SALES, methods=["POST"]),
    rule("/manage/<shop>/payments", payment_method.index, access=SALES),
    rule("/manage/<shop>/payments", payment_method.save, access=SALES, methods=["POST"]),
    rule("/manage/<shop>/payments/card", payment_method.connect, access=SALES, methods=["POST"], limit="20 per hour"),
    rule("/manage/<shop>/payments/card", payment_method.connected, access=SALES),
    rule("/manage/<shop>/supply", supply_link.index, access=SALES),
    rule("/manage/<shop>/supply", supply_link.grant, access=SALES, methods=["POST"]),
    rule("/manage/<shop>/supply/revoke", supply_link.revoke, access=SALES, methods=["POST"]),
]
