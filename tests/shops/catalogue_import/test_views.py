"""Import in a browser: send, look, confirm; and take the catalogue out."""

from hashlib import sha256
from io import BytesIO

from flask import Flask
from sqlalchemy import func, select

from shops.catalogue_import.models import CatalogueImport
from shops.enterprise.models import StaffRole
from shops.product.models import Product
from tests.support.shops import Manager

HEADER = "name;category;units;unit_type;price;on_hand\n"
GOOD = f"{HEADER}Tomates;Légumes;1;kg;3,90;40\nPêches;Fruits;500;g;2,50;12\n".encode()
BAD = f"{HEADER}Tomates;Légumes;1;kg;3,90;40\n<b>Poires</b>;Jouets;1;kg;-2;1\n".encode()


def send(manager: Manager, content: bytes, name: str = "légumes.csv", status: int = 302) -> str:
    return manager.post("/products/import", {"file": (BytesIO(content), name)}, status=status)


def stored(manager: Manager) -> int:
    with manager.database.reading() as session:
        return session.scalar(select(func.count(Product.id))) or 0


def test_nothing_is_saved_until_confirmed_and_then_once(app: Flask) -> None:
    manager, stranger = Manager(app), Manager(app)
    preview = send(manager, GOOD)
    page = manager.browser.get(preview).get_data(as_text=True)
    assert "Importer 2 lignes" in page
    assert "3,90" in page
    assert stored(manager) == 0
    assert stranger.browser.get(preview).status_code == 404
    assert stranger.browser.post(preview, data={"csrf_token": stranger.token}).status_code == 404
    section = preview.split(manager.shop.permalink)[1]
    for _press in range(2):
        manager.post(section, {"digest": sha256(GOOD).hexdigest()})
    assert stored(manager) == 2
    assert "Le fichier est importé" in manager.get(section)


def test_bad_lines_are_named_and_cannot_be_confirmed(app: Flask) -> None:
    manager = Manager(app)
    section = send(manager, BAD).split(manager.shop.permalink)[1]
    page = manager.browser.get(manager.address(section)).get_data(as_text=True)
    for told in ("price", "category", "«\u202f-2\u202f»", "«\u202fJouets\u202f»", "Le prix ne peut pas être négatif."):
        assert told in page
    assert "Importer" not in page.split("<h1>")[1].split("<footer")[0]
    manager.post(section, {"digest": sha256(BAD).hexdigest()})
    assert stored(manager) == 0


def test_files_of_the_wrong_kind_are_refused_kindly_and_not_kept(app: Flask) -> None:
    manager = Manager(app)
    for content, told in (
        (b"", "Ce fichier est vide"),
        (b"PK\x03\x04xlsx", "CSV (UTF-8)"),
        (b"nom\n1\n", "Il manque"),
    ):
        assert told in send(manager, content, status=422)
    assert "Choisissez d’abord un fichier" in manager.post("/products/import", status=422)
    with manager.database.reading() as session:
        assert session.scalar(select(func.count(CatalogueImport.id))) == 0


def test_the_model_and_the_export_can_be_sent_back(app: Flask) -> None:
    manager = Manager(app)
    model = manager.browser.get(manager.address("/products/model"))
    assert model.headers["Content-Disposition"] == 'attachment; filename="modele-de-catalogue.csv"'
    section = send(manager, model.data).split(manager.shop.permalink)[1]
    manager.post(section, {"digest": sha256(model.data).hexdigest()})
    assert stored(manager) == 3
    exported = manager.browser.get(manager.address("/products/export")).data
    preview = send(manager, exported).split(manager.shop.permalink)[1]
    assert "Votre catalogue dit déjà tout cela" in manager.get(preview)


def test_who_only_packs_cannot_import(app: Flask) -> None:
    packer = Manager(app, role=StaffRole.PACKING)
    packer.get("/products/import", status=403)
    packer.post("/products/import", {"file": (BytesIO(GOOD), "x.csv")}, status=403)
