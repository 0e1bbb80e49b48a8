"""One month worked by hand, and single orders: what the public page explains, docs/billing.md repeats and tests
recompute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from billing.turnover.definition import Moment, OrderLife, turnover_by_month
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


@dataclass(frozen=True)
class Case:
    """One order told in a sentence, with the ``amounts`` (minor units) that it names."""

    what: str
    life: OrderLife
    amounts: Mapping[str, int] = field(default_factory=dict)

    @property
    def counted(self) -> list[tuple[str, int]]:
        """What each month counts, before tax; by the definition itself."""
        return [(str(month), amount.net) for month, amount in turnover_by_month(self.life).items()]


def _food(gross: int) -> TaxedMoney:
    return TaxedMoney.from_gross(gross, 550)


def _life(*moments: Moment, online: bool = True, zone: str = "Europe/Paris") -> OrderLife:
    return OrderLife(online, zone, moments)


_DAY, _LATER = datetime(2026, 10, 30, 12, tzinfo=UTC), datetime(2026, 11, 2, 12, tzinfo=UTC)
_LAST_EVENING = datetime(2026, 10, 31, 21, 30, tzinfo=UTC)
_BASKET = Moment(_DAY, _food(5_275))

CASES: Sequence[Case] = (
    Case(
        N_("A basket of %(basket)s ordered on 30 October, cancelled on 2 November"),
        _life(_BASKET, Moment(_LATER, NOTHING)),
        {"basket": 5_275},
    ),
    Case(
        N_("The same basket with a voucher of %(voucher)s that the shop itself pays for"),
        _life(Moment(_DAY, _food(5_275), vouchers=_food(1_055))),
        {"voucher": 1_055},
    ),
    Case(
        N_("The same basket paid with credit, meal vouchers or a voucher that somebody else pays for"), _life(_BASKET)
    ),
    Case(
        N_("The same basket with a tip of %(tip)s and a deposit of %(deposit)s for jars"),
        _life(Moment(_DAY, _food(5_275), tips=200, deposits=400)),
        {"tip": 200, "deposit": 400},
    ),
    Case(
        N_("Credit of %(credit)s charged for later"),
        _life(Moment(_DAY, NOTHING, top_ups=10_000)),
        {"credit": 10_000},
    ),
    Case(N_("The same basket ordered by telephone and typed in by the shop"), _life(_BASKET, online=False)),
    Case(
        N_("The same basket ordered on 31 October at 22:30 in Paris"),
        _life(Moment(_LAST_EVENING, _food(5_275))),
    ),
    Case(
        N_("The same instant in a shop on La Réunion, where it is 1 November, 1:30"),
        _life(Moment(_LAST_EVENING, _food(5_275)), zone="Indian/Reunion"),
    ),
)
