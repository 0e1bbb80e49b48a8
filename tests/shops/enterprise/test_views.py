"""An enterprise's pages: from the first form to what the public reads."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from coopcircuits.db import Database
from shops.enterprise.models import Enterprise, EnterpriseState, Sells, StaffRole
from shops.enterprise.queries import role_of
from tests.support.people import make_user
from tests.support.shops import Manager, make_enterprise, make_product

NEW = {
    "name": "La Ferme de l’Ubac",
    "kind": "own",
    "postcode": "26150",
    "email": "ubac@example.org",
    "phone": "06 39 98 10 21",
}


def test_a_first_shop_is_made_on_one_page(app: Flask) -> None:
    manager = Manager(app)
    assert "Créer une boutique" in manager.get("//manage")
    page = manager.post("//manage/new", NEW, status=422)
    assert '<option value="Die">' in page  # several communes share this postcode
    assert 'value="La Ferme de l’Ubac"' in page
    assert manager.post("//manage/new", {**NEW, "city": "Die"}) == "/manage/la-ferme-de-l-ubac"
    with manager.database.reading() as session:
        made = session.scalars(select(Enterprise).where(Enterprise.permalink == "la-ferme-de-l-ubac")).one()
    assert (made.state, made.sells, made.is_producer) == (EnterpriseState.DRAFT, Sells.OWN, True)
    assert made.latitude is not None
    assert "La Ferme de l’Ubac" in manager.get("//manage")
    assert app.test_client().get("/enterprises/la-ferme-de-l-ubac").status_code == 404


def test_a_postcode_with_one_commune_is_enough(app: Flask) -> None:
    manager = Manager(app)
    manager.post("//manage/new", {**NEW, "postcode": "26000"})
    with manager.database.reading() as session:
        made = session.scalars(select(Enterprise).where(Enterprise.permalink == "la-ferme-de-l-ubac")).one()
    assert made.city == "Valence"


def test_nothing_is_made_of_bad_answers(app: Flask) -> None:
    manager = Manager(app)
    for wrong in (
        {"name": " "},
        {"name": "x" * 121},
        {"name": "a\x07"},
        {"kind": "king"},
        {"postcode": "99999"},
        {"postcode": "abc"},
        {"city": "Paris"},
        {"email": "pas une adresse"},
        {"phone": "appelez-moi"},
    ):
        page = manager.post("//manage/new", {**NEW, "city": "Die", **wrong}, status=422)
        assert "error-summary" in page
    with manager.database.reading() as session:
        assert session.scalar(select(func.count(Enterprise.id))) == 1


def test_a_name_taken_at_the_same_postcode_is_said_beside_the_name(app: Flask) -> None:
    manager = Manager(app)
    manager.post("//manage/new", {**NEW, "city": "Die"})
    assert 'id="name-error"' in manager.post("//manage/new", {**NEW, "city": "Die"}, status=422)


PROFILE = {
    "name": "La Ferme du Haut",
    "kind": "both",
    "summary": "Quarante légumes.",
    "story": "Première.\r\n\r\nSeconde <script>alert(1)</script>.",
    "labels": "AB, FR-BIO-01; Nature & Progrès",
    "banner": "honey",
    "drawing": "tomate",
    "street": "1 chemin du Haut",
    "postcode": "26400",
    "city": "Crest",
    "email": "haut@example.org",
    "phone": "",
    "website": "haut.example",
    "siret": "732 829 320 00074",
    "vat_status": "registered",
    "vat_number": "FR 44 732829320",
    "visibility": "public",
}


def test_the_profile_is_what_the_public_reads(app: Flask) -> None:
    manager = Manager(app)
    with manager.database.transaction() as session:
        make_product(session, manager.shop)
    manager.post("/profile", PROFILE)
    with manager.database.reading() as session:
        kept = session.get_one(Enterprise, manager.shop.id)
    assert (kept.siret, kept.vat_number, kept.website) == ("73282932000074", "FR44732829320", "https://haut.example")
    assert kept.labels == ["AB, FR-BIO-01", "Nature & Progrès"]
    page = app.test_client().get(f"/enterprises/{kept.permalink}").get_data(as_text=True)
    told = ("<title>La Ferme du Haut, à Crest", "Quarante légumes.", "Tomates rondes", "<p>Première.</p>")
    for words in told:
        assert words in page
    assert "<script>alert" not in page
    assert 'rel="canonical"' in page


def test_a_wrong_number_or_address_keeps_the_profile_as_it_was(app: Flask) -> None:
    manager = Manager(app)
    for wrong in (
        {"siret": "732 829 320 00075"},
        {"vat_number": "FR00732829320"},
        {"website": "javascript:alert(1)"},
        {"website": "https://"},
        {"banner": "gold"},
        {"story": "x" * 5001},
        {"visibility": "sometimes"},
        {"drawing": "licorne"},
    ):
        assert "error-summary" in manager.post("/profile", {**PROFILE, **wrong}, status=422)
    with manager.database.reading() as session:
        assert session.get_one(Enterprise, manager.shop.id).name == manager.shop.name


def test_opening_to_the_public(app: Flask, database: Database, client: FlaskClient) -> None:
    manager = Manager(app)
    manager.post("//manage/new", {**NEW, "city": "Die"})
    assert manager.post("//manage/la-ferme-de-l-ubac/open") == "/manage/la-ferme-de-l-ubac"
    assert client.get("/enterprises/la-ferme-de-l-ubac").status_code == 200
    with database.transaction() as session:
        owner = make_user(session, "pas-encore@example.org", confirmed=False)
        make_enterprise(session, owner_id=owner.id, name="Le Verger clos", active=False)
    assert client.get("/enterprises/le-verger-clos").status_code == 404


def test_people_are_added_change_and_leave(app: Flask) -> None:
    manager = Manager(app)
    with manager.database.transaction() as session:
        other = make_user(session, "noe@example.org", name="Noé Lantheaume")
    unknown = manager.post("/staff", {"email": "inconnu@example.org", "role": "packing"}, status=422)
    assert "Personne n’a encore de compte" in unknown
    manager.post("/staff", {"email": "NOE@example.org", "role": "packing"})
    assert "Noé Lantheaume" in manager.get("/staff")
    prefix = f"person-{other.id}-"
    manager.post(f"/staff/{other.id}", {f"{prefix}role": "manager", f"{prefix}notified": "y"})
    with manager.database.reading() as session:
        assert role_of(session, enterprise_id=manager.shop.id, user_id=other.id) is StaffRole.MANAGER
    manager.post(f"/staff/{other.id}/remove")
    assert "Noé Lantheaume" not in manager.get("/staff").split("<h1>")[1]
    manager.post(f"/staff/{manager.user.id}/remove")
    assert "dernier propriétaire" in manager.get("/staff")
    manager.post("/staff/999999/remove", status=404)
