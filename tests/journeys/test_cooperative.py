"""The cooperative's month: what each shop gives, explained down to each order, approved and undone."""

import io
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.journeys.conftest import NewVisitor
from tests.journeys.instance import Instance
from tests.journeys.visitor import Visitor, plain

MONTH = "2026-10"
GLANDASSE, SAULES, FOURNIL, CABAS = (
    "l-etal-du-glandasse",
    "le-jardin-des-saules",
    "le-fournil-de-la-gervanne",
    "le-cabas-valentinois",
)


def statement(instance: Instance, shop: str) -> dict[str, Any]:
    """A statement as the command line gives it."""
    found: dict[str, Any] = json.loads(instance.flask("billing", "statement", shop, MONTH, "--json"))
    return found


def minor(text: str) -> int:
    """ "−1 578,22 €" as -157822."""
    sign = -1 if re.match(r"\s*[-−]", text) else 1
    return sign * int(re.sub(r"\D", "", text))


def amounts(page: Page) -> dict[str, int]:
    """The lines of the receipt on show."""
    pairs = page.locator("main .receipt-lines > div").evaluate_all(
        "lines => lines.map(line => [line.querySelector('dt').innerText, line.querySelector('dd').innerText])"
    )
    return {plain(label): minor(text) for label, text in pairs}


@pytest.fixture
def reviewer(visitor: NewVisitor, instance: Instance) -> Visitor:
    """Somebody of the cooperative, once the month is closed."""
    person = visitor()
    person.log_in(instance.account("Cooperative"))
    person.open("/cooperative")
    if "Octobre 2026 est terminé" in person.text():
        person.open(f"/cooperative/months/{MONTH}/close")
        person.press("Clôturer octobre 2026")
    return person


def test_closing_again_changes_nothing(reviewer: Visitor, instance: Instance) -> None:
    reviewer.open("/cooperative")
    again = json.loads(instance.flask("billing", "close", MONTH, "--json"))
    assert again["created"] == 0
    assert again["statements"] == again["unchanged"] > 5


def test_each_cent_is_explained(reviewer: Visitor, instance: Instance) -> None:
    """The page, the command and the sum of the listed orders say the same."""
    reviewer.open(f"/cooperative/statements?period={MONTH}&state=all")
    reviewer.press("L’Étal du Glandasse")
    page, known = reviewer.page, statement(instance, GLANDASSE)
    rows = page.locator("main [aria-labelledby=counted] tbody tr td:last-child").all_inner_texts()
    net = sum(minor(row.split("\n")[0]) for row in rows)
    assert amounts(page)["Chiffre d'affaires en ligne hors taxes"] == net
    assert len(rows) == len(known["lines"])
    assert net == sum(line["net_minor"] for line in known["lines"])
    paper = reviewer.context.request.get(f"{page.url}.pdf")
    assert paper.headers["content-type"] == "application/pdf"
    said = plain(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(paper.body())).pages))
    total = next(
        amount for label, amount in amounts(page).items() if "TVA comprise" in label and "Contribution" in label
    )
    assert f"{total // 100},{total % 100:02} €" in said
    assert known["lines"][-1]["order"] in said


def test_adjusting_and_waiving(reviewer: Visitor, instance: Instance) -> None:
    """Both need a reason, which the shop reads; neither changes what was counted."""
    reviewer.open(f"/cooperative/statements/{FOURNIL}/{MONTH}")
    before = amounts(reviewer.page)
    reviewer.page.get_by_text("Ajuster la contribution").click()
    form = reviewer.page.locator("main form[action$='/adjust']")
    form.locator("[name=reason]").fill("Panne du site un samedi matin.")
    form.locator("[name=amount]").fill("un peu moins")
    reviewer.press("Ajuster", inside="main form[action$='/adjust']")
    assert form.locator("[name=reason]").input_value() == "Panne du site un samedi matin."
    form.locator("[name=amount]").fill("-2,00")
    reviewer.press("Ajuster", inside="main form[action$='/adjust']")
    after = amounts(reviewer.page)
    assert "Panne du site un samedi matin." in reviewer.text()
    assert list(after.values())[-1] == list(before.values())[-1] - 240
    assert statement(instance, FOURNIL)["lines"]

    reviewer.open(f"/cooperative/statements/{CABAS}/{MONTH}")
    reviewer.page.get_by_text("Ne rien demander pour ce mois").click()
    reviewer.page.locator("main form[action$='/waive'] [name=reason]").fill("Inondation de la halle.")
    reviewer.press(inside="main form[action$='/waive']")
    assert list(amounts(reviewer.page).values())[-1] == 0


def test_approving_several_and_undoing_one(reviewer: Visitor) -> None:
    page = reviewer.page
    reviewer.open(f"/cooperative/statements?period={MONTH}")
    waiting = page.locator("main .queue-line").count()
    assert waiting > 3
    names = page.locator("main .queue-name").all_inner_texts()[:3]
    for tick in page.locator("main [name=approve]").all()[:3]:
        tick.check()
    reviewer.press("Valider les relevés cochés")
    assert "3 relevés validés" in reviewer.text()
    assert page.locator("main .queue-line").count() == waiting - 3
    reviewer.press(re.compile("^Validés"))
    reviewer.press(names[0])
    reviewer.press("Annuler la validation")
    assert "À vérifier" in reviewer.text()
    reviewer.open(f"/cooperative/statements?period={MONTH}")
    assert page.locator("main .queue-line").count() == waiting - 2


def test_the_queue_is_worked_by_keyboard(reviewer: Visitor) -> None:
    """j moves on, x ticks, a approves what is ticked, Enter opens."""
    page = reviewer.page
    reviewer.open(f"/cooperative/statements?period={MONTH}")
    waiting = page.locator("main .queue-line").count()
    names = page.locator("main .queue-name").all_inner_texts()
    page.locator("#queue").focus()
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    assert page.locator("main .queue-line:has(:checked) .queue-name").all_inner_texts() == [names[1]]
    page.keyboard.press("a")
    expect(page.locator("main .queue-line")).to_have_count(waiting - 1)
    assert "1 relevé validé" in reviewer.text()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cooperative/statements/*/*")
    assert plain(names[0]) in reviewer.text()


def test_a_question_goes_to_the_cooperative_and_back(
    reviewer: Visitor, visitor: NewVisitor, instance: Instance
) -> None:
    manager = visitor()
    manager.log_in(instance.account("Manager, L’Étal du Glandasse"))
    manager.open(f"/manage/{GLANDASSE}/contribution/{MONTH}")
    manager.page.locator("#question").fill("Le 12 octobre nous étions fermés.\nD’où vient cette commande ?")
    manager.press("Envoyer la question")
    assert plain("D’où vient cette commande") in manager.text()

    reviewer.open("/cooperative")
    reviewer.press("Répondre")
    reviewer.press("L’Étal du Glandasse")
    assert plain("D’où vient cette commande") in reviewer.text()
    reviewer.page.locator("#answer").fill("Elle a été passée le 11 au soir.")
    reviewer.press("Envoyer à la boutique")
    assert "Rien à répondre" not in reviewer.text()

    manager.open(f"/manage/{GLANDASSE}/contribution/{MONTH}")
    assert "Elle a été passée le 11 au soir." in manager.text()


def test_a_shop_reads_its_own_statement_alone(visitor: NewVisitor, instance: Instance) -> None:
    manager = visitor()
    manager.log_in(instance.account("Manager, L’Étal du Glandasse"))
    manager.open(f"/manage/{GLANDASSE}/contribution")
    manager.press("octobre 2026")
    assert "50 commandes en ligne" in manager.text()
    for path in (
        f"/manage/{SAULES}/contribution/{MONTH}",
        f"/manage/{SAULES}/contribution/{MONTH}.pdf",
        f"/cooperative/statements/{SAULES}/{MONTH}",
        f"/cooperative/statements/{GLANDASSE}/{MONTH}.pdf",
    ):
        assert manager.context.request.get(instance.url + path).status in (403, 404)
