"""The cooperative says who it is: numbers are checked, and sentences of the law keep their days."""

from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coopcircuits import clock, site
from coopcircuits.actor import SYSTEM
from coopcircuits.cooperative import queries, services
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.db import Database
from coopcircuits.document.mentions import mentions_on
from coopcircuits.document.models import LegalMention, MentionKind
from coopcircuits.errors import InvalidInput
from coopcircuits.events import Event
from tests.support.people import form_token, make_user, sign_in

TYPED = {
    "name": "Les Circuits du Val",
    "legal_form": "SCIC SARL à capital variable",
    "capital": "12 500",
    "siret": "732 829 320 00074",
    "register": "RCS Romans 732 829 320",
    "street": "4 rue du Four",
    "postcode": "26150",
    "city": "Die",
    "email": "bonjour@circuits.example",
    "vat_regime": "registered",
    "vat_number": "fr 44 732829320",
    "iban": "fr14 2004 1010 0505 0001 3m02 606",
    "bic": "PSSTFRPPXXX",
    "creditor_id": "FR72ZZZ123456",
    "payment_days": "30",
}


@pytest.fixture
def cooperative(client: FlaskClient, database: Database) -> FlaskClient:
    """A browser of somebody who works for the cooperative."""
    with database.transaction() as session:
        user = make_user(session, is_cooperative=True)
    sign_in(client, database, user)
    return client


def test_the_identity_is_kept_in_its_usual_spelling_and_the_trail_names_what_changed(
    cooperative: FlaskClient, database: Database
) -> None:
    token = form_token(cooperative)
    answer = cooperative.post("/cooperative/identity", data={**TYPED, "csrf_token": token})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    with database.reading() as session:
        found = queries.cooperative(session)
        assert found is not None
        assert (found.siret, found.vat_number) == ("73282932000074", "FR44732829320")
        assert (found.iban, found.capital, found.vat_on_debits) == ("FR1420041010050500013M02606", 1_250_000, False)
        event = session.scalar(select(Event).where(Event.name == "IdentityChanged"))
        assert event is not None
        assert "iban" in event.payload["fields"]
        assert found.iban not in str(event.payload)
    assert "73282932000074" in cooperative.get("/cooperative/identity").get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("siret", "732 829 320 00075", "SIRET"),
        ("vat_number", "FR45732829320", "TVA"),
        ("iban", "FR1420041010050500013M02607", "IBAN"),
        ("bic", "PSST", "BIC"),
        ("creditor_id", "FR73ZZZ123456", "ICS"),
        ("payment_days", "61", "60"),
        ("name", "", ""),
    ],
)
def test_a_number_with_a_wrong_check_digit_is_refused_beside_its_field(
    cooperative: FlaskClient, database: Database, field: str, typed: str, says: str
) -> None:
    token = form_token(cooperative)
    answer = cooperative.post("/cooperative/identity", data={**TYPED, field: typed, "csrf_token": token})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in page
    assert says in page
    assert "4 rue du Four" in page  # what was typed stays
    with database.reading() as session:
        found = queries.cooperative(session)
        assert found is not None
        assert found.street == ""


def test_a_new_name_is_on_every_page_at_once(cooperative: FlaskClient) -> None:
    cooperative.get("/")
    token = form_token(cooperative)
    cooperative.post("/cooperative/identity", data={**TYPED, "name": "La Coop des Vallées", "csrf_token": token})
    assert "La Coop des Vallées" in cooperative.get("/").get_data(as_text=True)


def test_a_name_saved_by_another_process_is_shown_soon(
    cooperative: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cooperative.get("/")
    with database.transaction() as session:
        session.execute(update(Cooperative).values(name="La Coop des Vallées"))
    monkeypatch.setattr(site, "_TRUSTED", 0)
    assert "La Coop des Vallées" in cooperative.get("/").get_data(as_text=True)


def test_the_sentence_on_small_businesses_changes_its_code_with_the_year_2028(session: Session) -> None:
    on_the_last_day = mentions_on(session, country="FR", day=date(2027, 12, 31))
    on_the_next = mentions_on(session, country="FR", day=date(2028, 1, 1))
    assert "art. 293 B du CGI" in on_the_last_day[MentionKind.SMALL_BUSINESS]
    assert "code des impositions sur les biens et services" in on_the_next[MentionKind.SMALL_BUSINESS]
    assert on_the_last_day[MentionKind.RECOVERY_FEE] == on_the_next[MentionKind.RECOVERY_FEE]
    assert "40 €" in on_the_next[MentionKind.RECOVERY_FEE]


def test_a_changed_sentence_holds_from_its_day_until_the_next_one_known(session: Session) -> None:
    with clock.travel(datetime(2026, 11, 22, 12, tzinfo=UTC)):
        services.enter_mention(
            session,
            actor=SYSTEM,
            kind=MentionKind.SMALL_BUSINESS,
            text="TVA non applicable : nouveau texte.",
            source="Loi de finances pour 2027",
            valid_from=date(2027, 1, 1),
        )
        with pytest.raises(InvalidInput):
            services.enter_mention(
                session,
                actor=SYSTEM,
                kind=MentionKind.NATURE,
                text="Hier.",
                source="",
                valid_from=date(2026, 11, 21),
            )
    said = [
        mentions_on(session, country="FR", day=day)[MentionKind.SMALL_BUSINESS]
        for day in (date(2026, 12, 31), date(2027, 1, 1), date(2027, 12, 31), date(2028, 1, 1))
    ]
    assert "293 B" in said[0]
    assert said[1] == said[2] == "TVA non applicable : nouveau texte."
    assert "L. 223-1" in said[3]


def test_a_sentence_entered_twice_for_one_day_is_the_last_one(cooperative: FlaskClient, database: Database) -> None:
    token, day = form_token(cooperative), clock.local_date(clock.now(), "Europe/Paris").isoformat()
    for text in ("Biens.", "Biens et services."):
        data = {"kind": "nature", "wording": text, "valid_from": day, "csrf_token": token}
        assert cooperative.post("/cooperative/mentions", data=data).status_code == 302
    with database.reading() as session:
        rows = session.scalars(select(LegalMention).where(LegalMention.kind == MentionKind.NATURE)).all()
        assert sorted(row.text for row in rows) == [
            "Biens et services.",
            "Nature de l’opération : prestation de services.",
        ]
    assert "Biens et services." in cooperative.get("/cooperative/mentions").get_data(as_text=True)
