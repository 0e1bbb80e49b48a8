"""All that a document says, as it is printed and kept: who, whom, what, how much, and the sentences of the law."""

from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from billing.invoice.models import InvoiceKind
from billing.statement.models import Statement
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.money import rounded
from shops.enterprise.models import Enterprise


@dataclass(frozen=True)
class Party:
    """A seller or a buyer; what it has not is empty."""

    name: str
    street: str
    postcode: str
    city: str
    country: str
    email: str
    siret: str
    vat_number: str
    legal_form: str = ""
    capital: int | None = None
    register: str = ""
    iban: str = ""
    bic: str = ""

    @property
    def siren(self) -> str:
        """The legal person behind an establishment: nine digits of its SIRET."""
        return self.siret[:9]


@dataclass(frozen=True)
class Corrected:
    """The document that a credit note takes off."""

    number: str
    issued_on: str


@dataclass(frozen=True)
class Source:
    """Where the contribution comes from: figures of the statement, minor units ex tax and basis points."""

    scheme: str
    counted: int
    rate_bp: int
    computed: int
    adjusted: int
    #: Whether ``counted`` × ``rate_bp`` gives ``computed``, without a minimum or a cap.
    is_product: bool


@dataclass(frozen=True)
class Snapshot:
    """A document. Days are ISO, amounts minor units; ``mentions`` by their kind."""

    kind: str
    number: str
    issued_on: str
    due_on: str
    language: str
    currency: str
    period: str
    seller: Party
    buyer: Party
    source: Source
    net: int
    tax: int
    rate_bp: int
    vat_on_debits: bool
    #: No sale: VAT, and what the law wants on an invoice, are not concerned.
    is_gift: bool
    mentions: dict[str, str] = field(default_factory=dict)
    corrects: Corrected | None = None
    reason: str = ""

    @property
    def total(self) -> int:
        return self.net + self.tax

    @property
    def is_credit_note(self) -> bool:
        return self.kind == InvoiceKind.CREDIT_NOTE

    def kept(self) -> dict[str, Any]:
        """As JSON for the column."""
        return asdict(self)

    @classmethod
    def read(cls, kept: dict[str, Any]) -> "Snapshot":
        corrects = kept["corrects"]
        return cls(
            **{
                **kept,
                "seller": Party(**kept["seller"]),
                "buyer": Party(**kept["buyer"]),
                "source": Source(**kept["source"]),
                "corrects": Corrected(**corrects) if corrects else None,
            }
        )


def seller_of(cooperative: Cooperative) -> Party:
    return Party(
        name=cooperative.name,
        street=cooperative.street,
        postcode=cooperative.postcode,
        city=cooperative.city,
        country=cooperative.country,
        email=cooperative.email,
        siret=cooperative.siret,
        vat_number=cooperative.vat_number,
        legal_form=cooperative.legal_form,
        capital=cooperative.capital,
        register=cooperative.register,
        iban=cooperative.iban,
        bic=cooperative.bic,
    )


def buyer_of(shop: Enterprise) -> Party:
    return Party(
        name=shop.name,
        street=shop.street,
        postcode=shop.postcode,
        city=shop.city,
        country=shop.country,
        email=shop.email,
        siret=shop.siret,
        vat_number=shop.vat_number,
    )


def source_of(statement: Statement) -> Source:
    share = rounded(Fraction(statement.rated * statement.rate_bp, 10_000))
    return Source(
        scheme=statement.scheme,
        counted=statement.rated,
        rate_bp=statement.rate_bp,
        computed=statement.computed,
        adjusted=statement.adjusted,
        is_product=statement.rate_bp > 0 and share == statement.computed,
    )
