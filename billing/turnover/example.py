"""One month worked by hand: what the public page explains, docs/billing.md repeats and a test recomputes."""

from dataclasses import dataclass

from coopcircuits.i18n import N_
from coopcircuits.money import NOTHING, TaxedMoney


@dataclass(frozen=True)
class Line:
    """What happened; ``gross`` includes tax at ``rate_bp``; ``why`` where it does not count."""

    what: str
    gross: int
    rate_bp: int
    why: str = ""

    @property
    def amount(self) -> TaxedMoney:
        return TaxedMoney.from_gross(self.gross, self.rate_bp)

    @property
    def counted(self) -> TaxedMoney:
        return NOTHING if self.why else self.amount


MONTH = (
    Line(N_("118 online orders of vegetables, bread and cheese"), 316_500, 550),
    Line(N_("5 online orders of cider"), 12_000, 2000),
    Line(N_("3 of these orders cancelled before pickup"), -21_100, 550),
    Line(N_("An order of September paid back in October"), -5_275, 550),
    Line(N_("10 orders by telephone, typed in by the shop"), 31_650, 550, N_("not ordered online")),
    Line(N_("Deposits on 48 jars"), 2_400, 0, N_("deposits are given back")),
)


def counted_in_all() -> TaxedMoney:
    """The month's online turnover."""
    return sum((line.counted for line in MONTH), NOTHING)
