"""Importing from the command line says the same as the page does."""

import json
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from coopcircuits.db import Database
from shops.product.models import Product
from tests.support.shops import make_shop

GOOD = "name,category,units,unit_type,price\nTomates,Vegetables,1,kg,3.90\n"
BAD = "name,category,units,unit_type,price\nTomates,Vegetables,1,kg,-3\n"


def test_import_says_what_it_did_and_ends_accordingly(app: Flask, database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        shop = make_shop(session).permalink
    run = app.test_cli_runner().invoke
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(GOOD)
    bad.write_text(BAD)

    def count() -> int:
        with database.reading() as session:
            return session.scalar(select(func.count(Product.id))) or 0

    tried = run(args=["shops", "import", str(good), "--shop", shop, "--dry-run", "--json"])
    assert (tried.exit_code, count()) == (0, 0)
    assert json.loads(tried.stdout) == {
        "shop": shop,
        "saved": False,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "problems": [],
    }
    done = run(args=["shops", "import", str(good), "--shop", shop])
    assert (done.exit_code, done.stdout, count()) == (0, "1 created, 0 updated, 0 unchanged.\n", 1)
    refused = run(args=["shops", "import", str(bad), "--shop", shop, "--json"])
    assert (refused.exit_code, count()) == (1, 1)
    [problem] = json.loads(refused.stdout)["problems"]
    assert (problem["line"], problem["column"], problem["value"]) == (2, "price", "-3")
    said = run(args=["shops", "import", str(bad), "--shop", shop])
    assert said.stdout == "line 2, price: “-3” The price cannot be negative.\nNothing was saved: 1 problem(s).\n"
    bad.write_bytes(b"PK\x03\x04")
    assert "CSV (UTF-8)" in run(args=["shops", "import", str(bad), "--shop", shop]).output
    assert run(args=["shops", "import", str(good), "--shop", "nobody"]).exit_code == 1
    assert run(args=["shops", "import", str(tmp_path / "missing.csv"), "--shop", shop]).exit_code == 2
