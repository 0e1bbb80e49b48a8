"""What happens to terms and schemes."""

from dataclasses import dataclass
from typing import Any

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class TermsDecided(Fact):
    """The cooperative set its terms from a month on; ``terms`` by their names."""

    subject = ("contribution_terms", "terms_id")
    terms_id: int
    valid_from: str
    terms: dict[str, Any]


@dataclass(frozen=True)
class SchemeChosen(Fact):
    """A shop's scheme from a month on."""

    subject = ("enterprise", "enterprise_id")
    enterprise_id: int
    kind: str
    amount: int
    valid_from: str
    free_until: str | None = None
    free_turnover: int = 0
