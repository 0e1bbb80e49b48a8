"""What each role may do in its enterprise, and the access rule that addresses declare."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import g
from flask_login import current_user

from coopcircuits.access import Access, Decision
from coopcircuits.doors import read_session
from coopcircuits.errors import NotFound
from shops.enterprise import queries
from shops.enterprise.models import Enterprise, StaffRole


class Permission(enum.StrEnum):
    """A right in one enterprise; values read ``scope:action``."""

    VIEW = "enterprise:view"
    EDIT_PROFILE = "enterprise:edit"
    EDIT_CATALOGUE = "catalogue:edit"
    EDIT_SALES = "sales:edit"
    VIEW_ORDERS = "orders:view"
    EDIT_ORDERS = "orders:edit"
    PACK = "orders:pack"
    VIEW_ACCOUNTS = "accounts:view"
    EDIT_ACCOUNTS = "accounts:edit"
    EDIT_STAFF = "staff:edit"


_READ = {Permission.VIEW}
_ALL = set(Permission)
GRANTS: dict[StaffRole, set[Permission]] = {
    StaffRole.OWNER: _ALL,
    StaffRole.MANAGER: _ALL - {Permission.EDIT_STAFF},
    StaffRole.CATALOGUE: _READ | {Permission.EDIT_CATALOGUE},
    StaffRole.ORDERS: _READ | {Permission.VIEW_ORDERS, Permission.EDIT_ORDERS, Permission.PACK},
    StaffRole.PACKING: _READ | {Permission.VIEW_ORDERS, Permission.PACK},
    StaffRole.ACCOUNTS: _READ | {Permission.VIEW_ORDERS, Permission.VIEW_ACCOUNTS, Permission.EDIT_ACCOUNTS},
    StaffRole.READ_ONLY: _READ | {Permission.VIEW_ORDERS, Permission.VIEW_ACCOUNTS},
}


@dataclass(frozen=True)
class _Staff:
    """The address's ``shop`` is an enterprise in which this person has the right."""

    permission: Permission

    @property
    def name(self) -> str:
        return self.permission.value

    def decide(self, arguments: Mapping[str, Any]) -> Decision:
        if not current_user.is_authenticated:
            return Decision.SIGN_IN
        session = read_session()
        try:
            enterprise = queries.by_permalink(session, arguments["shop"])
        except NotFound:
            return Decision.MISSING
        role = queries.role_of(session, enterprise_id=enterprise.id, user_id=current_user.user_id)
        if role is None:
            return Decision.MISSING
        g.enterprise, g.role = enterprise, role
        return Decision.ALLOWED if self.permission in GRANTS[role] else Decision.FORBIDDEN


def staff(permission: Permission) -> Access:
    """Staff of the enterprise named by the address's ``shop``, with this right; others find nothing (404)."""
    return _Staff(permission)


def current_enterprise() -> Enterprise:
    """The enterprise of a page declared with :func:`staff`. Read it again inside a transaction before changing it."""
    return cast(Enterprise, g.enterprise)


def may(permission: Permission) -> bool:
    """Whether the person on such a page has a right, for showing or hiding a button."""
    return permission in GRANTS[cast(StaffRole, g.role)]
