"""A statement names every figure it applied."""

from dataclasses import asdict

import pytest

from billing.scheme.contribution import Scheme, Terms
from billing.scheme.models import SchemeKind, VatTreatment
from billing.statement.figures import figures_of
from billing.statement.models import Statement
from billing.statement.words import calculation, explanation
from billing.turnover.queries import Turnover
from coopcircuits.forms import read_decimal
from coopcircuits.money import to_minor

TERMS = Terms(100, 2_000, minimum=500, cap=20_000, voluntary_vat=VatTreatment.GIFT)
STARTER = Scheme(SchemeKind.STARTER, since="2026-10", free_until="2027-09", free_turnover=60_000)


def made(scheme: Scheme, net: int, *, purchases: int | None = None) -> Statement:
    turnover = Turnover(gross=net * 1055 // 1000, net=net, orders=3)
    figures = figures_of(
        turnover, period="2026-10", carried_in=0, scheme=scheme, terms=TERMS, purchases=purchases, sold_before=0
    )
    return Statement(**asdict(figures), period="2026-10", currency="EUR", adjusted=0)


@pytest.mark.parametrize(
    ("scheme", "net", "purchases", "said"),
    [
        (Scheme(SchemeKind.PERCENT), 10_000, None, "Le taux seul donne 1,00\xa0€"),
        (Scheme(SchemeKind.PERCENT), 9_000_000, None, "200,00\xa0€ au plus"),
        (
            Scheme(SchemeKind.MARGIN),
            100_000,
            40_000,
            "d’achats, 10\u202f% de la marge\u202f: 60,00\xa0€.",
        ),
        (Scheme(SchemeKind.MARGIN), 100_000, None, "Sans déclaration d’achats, c’est la formule 1\u202f%"),
        (STARTER, 50_000, None, "sans contribution pour l’instant"),
        (STARTER, 260_000, None, "0,5\u202f% de 2\u202f000,00\xa0€\u202f: 10,00\xa0€."),
        (Scheme(SchemeKind.VOLUNTARY, 1_500), 10_000, None, "don sans contrepartie\u202f: pas de TVA"),
    ],
)
def test_the_sentence_says_what_was_applied(scheme: Scheme, net: int, purchases: int | None, said: str) -> None:
    assert said in explanation(made(scheme, net, purchases=purchases))


@pytest.mark.parametrize("kind", [SchemeKind.PERCENT, SchemeKind.MARGIN, SchemeKind.STARTER, SchemeKind.VOLUNTARY])
def test_the_last_line_is_what_is_owed(kind: SchemeKind) -> None:
    scheme = STARTER if kind is SchemeKind.STARTER else Scheme(kind, 1_500)
    found = made(scheme, 260_000, purchases=40_000)
    assert to_minor(read_decimal(calculation(found)[-1][1]), "EUR") == found.total
    assert found.total == found.computed + found.contribution_tax
    assert (found.contribution_tax == 0) is (kind is SchemeKind.VOLUNTARY)
