"""Sentences that the law wants on documents: dated by country, because laws change."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits.document.models import LegalMention, MentionKind

_ALWAYS = date(2000, 1, 1)
#: The day on which the law on VAT of small businesses has left its old code for good.
_NEW_CODE = date(2028, 1, 1)

#: French sentences with their source: (kind, from, to, text, source). Entered as rows at set-up, then data.
MENTIONS_AT_SETUP: dict[str, list[tuple[MentionKind, date, date | None, str, str]]] = {
    "FR": [
        (
            MentionKind.NATURE,
            _ALWAYS,
            None,
            "Nature de l’opération : prestation de services.",
            "CGI, annexe II, art. 242 nonies A, I (décret n° 2022-1299)",
        ),
        (
            MentionKind.LATE_PENALTY,
            _ALWAYS,
            None,
            "En cas de retard de paiement : pénalités au taux de trois fois l’intérêt légal, dues sans rappel.",
            "Code de commerce, art. L441-9 et L441-10, II",
        ),
        (
            MentionKind.RECOVERY_FEE,
            _ALWAYS,
            None,
            "En cas de retard de paiement : indemnité forfaitaire pour frais de recouvrement de 40 €.",
            "Code de commerce, art. L441-10, II et D441-5",
        ),
        (
            MentionKind.EARLY_PAYMENT,
            _ALWAYS,
            None,
            "Pas d’escompte pour paiement anticipé.",
            "Code de commerce, art. L441-9",
        ),
        (
            MentionKind.SMALL_BUSINESS,
            _ALWAYS,
            _NEW_CODE,
            "TVA non applicable, art. 293 B du CGI.",
            "CGI, art. 293 E ; mention admise jusqu’au 31 décembre 2027",
        ),
        (
            MentionKind.SMALL_BUSINESS,
            _NEW_CODE,
            None,
            "TVA non applicable, art. L. 223-1 du code des impositions sur les biens et services.",
            "CIBS, art. L. 223-1 et suivants",
        ),
        (
            MentionKind.VAT_ON_DEBITS,
            _ALWAYS,
            None,
            "Option pour le paiement de la taxe d’après les débits.",
            "CGI, art. 269, 2, c ; annexe II, art. 242 nonies A, I (décret n° 2022-1299)",
        ),
        (
            MentionKind.GIFT,
            _ALWAYS,
            None,
            "Contribution libre, versée sans contrepartie : hors du champ de la TVA. Ceci n’est pas une facture.",
            "CGI, art. 256, I (seules les opérations à titre onéreux sont imposables)",
        ),
    ]
}


def enter_mentions(session: Session, *, country: str) -> None:
    """Enter the known sentences of a country."""
    for kind, valid_from, valid_to, text, source in MENTIONS_AT_SETUP.get(country, []):
        session.add(
            LegalMention(country=country, kind=kind, text=text, source=source, valid_from=valid_from, valid_to=valid_to)
        )


def mentions_on(session: Session, *, country: str, day: date) -> dict[MentionKind, str]:
    """The sentences in force in ``country`` on ``day``."""
    return {row.kind: row.text for row in all_mentions(session, country=country) if _holds(row, day)}


def all_mentions(session: Session, *, country: str) -> Sequence[LegalMention]:
    """Every sentence of a country, by kind, the latest first."""
    return session.scalars(
        select(LegalMention)
        .where(LegalMention.country == country)
        .order_by(LegalMention.kind, LegalMention.valid_from.desc())
    ).all()


def _holds(row: LegalMention, day: date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)
