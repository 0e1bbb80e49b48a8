"""What happens on this floor: the audit trail, and what the floors above follow.

Whoever shows products or prices follows ``ProductChanged``, ``CatalogueImported``, ``StockCounted``, ``FeeChanged`` and
``EnterpriseChanged``. Stock taken or given back by an order raises no event here: the order's own event says it.
"""

from dataclasses import dataclass
from typing import ClassVar

from coopcircuits.events import Fact


@dataclass(frozen=True)
class EnterpriseCreated(Fact):
    """Somebody made an enterprise and owns it."""

    subject: ClassVar = ("enterprise", "enterprise_id")
    enterprise_id: int


@dataclass(frozen=True)
class EnterpriseChanged(Fact):
    """Its profile, its state or what it may do."""

    subject: ClassVar = ("enterprise", "enterprise_id")
    enterprise_id: int


@dataclass(frozen=True)
class EnterpriseActivated(Fact):
    """The draft is now shown to the public."""

    subject: ClassVar = ("enterprise", "enterprise_id")
    enterprise_id: int


@dataclass(frozen=True)
class StaffAdded(Fact):
    """A person may work in the enterprise."""

    subject: ClassVar = ("enterprise", "enterprise_id")
    enterprise_id: int
    user_id: int
    role: str


@dataclass(frozen=True)
class StaffRoleChanged(Fact):
    """A person's role, or whether they get its mails."""

    subject: ClassVar = ("enterprise", "enterprise_id")
    enterprise_id: int
    user_id: int
    role: str


@dataclass(frozen=True)
class StaffRemoved(Fact):
    """A person may no longer work in the enterprise."""

    subject: ClassVar = ("enterprise", "enterprise_id")
    enterprise_id: int
    user_id: int


@dataclass(frozen=True)
class ProductChanged(Fact):
    """Created, edited or withdrawn: the product or any of its variants."""

    subject: ClassVar = ("product", "product_id")
    product_id: int
    producer_id: int


@dataclass(frozen=True)
class CatalogueImported(Fact):
    """Many products of one producer changed at once, in place of a ``ProductChanged`` for each."""

    subject: ClassVar = ("enterprise", "producer_id")
    producer_id: int
    created: int
    updated: int


@dataclass(frozen=True)
class StockCounted(Fact):
    """Staff said how much there is of a variant."""

    subject: ClassVar = ("variant", "variant_id")
    variant_id: int
    on_hand: int
    on_demand: bool


@dataclass(frozen=True)
class SupplyLinkGranted(Fact):
    """A producer lets a hub sell its products, or changes what else it may do."""

    subject: ClassVar = ("enterprise", "producer_id")
    producer_id: int
    hub_id: int


@dataclass(frozen=True)
class SupplyLinkRevoked(Fact):
    """The hub may no longer put the producer's products on sale."""

    subject: ClassVar = ("enterprise", "producer_id")
    producer_id: int
    hub_id: int


@dataclass(frozen=True)
class FeeChanged(Fact):
    """Created, edited or withdrawn."""

    subject: ClassVar = ("fee", "fee_id")
    fee_id: int
    enterprise_id: int


@dataclass(frozen=True)
class PickupChanged(Fact):
    """Created, edited or withdrawn; slots that exist already are left as they are."""

    subject: ClassVar = ("delivery_method", "method_id")
    method_id: int
    enterprise_id: int


@dataclass(frozen=True)
class PaymentMethodsChanged(Fact):
    """A way to pay was accepted, reworded or stopped."""

    subject: ClassVar = ("enterprise", "enterprise_id")
    enterprise_id: int
