"""Takes the README's two pictures again: ``.venv/bin/python docs/pictures.py [ADDRESS]`` beside a running ``./run``."""

import json
import os
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent / "pictures"
ROOT = FOLDER.parent.parent
ACCOUNTS = Path(os.environ.get("COOP_VAR_DIR", ROOT / "var")) / "demo-accounts.json"


def main(address: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=options)
        phone = browser.new_page(viewport={"width": 390, "height": 844}, locale="fr-FR", base_url=address)
        phone.goto("/shops")
        phone.locator("main a[href^='/shops/']").first.click()
        phone.screenshot(path=FOLDER / "shop.png")
        desk = browser.new_page(viewport={"width": 1280, "height": 900}, locale="fr-FR", base_url=address)
        log_in(desk)
        desk.goto("/cooperative/statements")
        desk.screenshot(path=FOLDER / "review.png")
        browser.close()


def log_in(page: Page) -> None:
    """Sign in as the demonstration's cooperative."""
    account = next(a for a in json.loads(ACCOUNTS.read_text()) if a["page"].startswith("/cooperative"))
    page.goto("/log-in")
    page.fill("[name=email]", account["email"])
    page.fill("[name=password]", account["password"])
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000")
