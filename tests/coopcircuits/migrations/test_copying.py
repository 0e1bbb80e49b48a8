"""An instance moves to another database without losing a row."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from coopcircuits import migrations
from coopcircuits.auth.models import User
from coopcircuits.db import Database, Model, make_engine
from coopcircuits.migrations import copying
from tests.support.databases import Templates
from tests.support.people import make_user
from tests.support.shops import make_shop


@pytest.mark.parametrize("target_backend", ["sqlite", "postgresql"])
def test_every_row_arrives_and_new_rows_get_new_numbers(
    app: Flask, database: Database, templates: Templates, target_backend: str
) -> None:
    migrations.load_models(["coopcircuits", *app.extensions["floors"]])
    with database.transaction() as session:
        make_shop(session, owner_id=make_user(session).id, name="La Ferme d’Élise")
    url = templates.copy(target_backend, "empty")
    target = make_engine(url)
    counts: dict[str, int] = {}
    copying.copy(database.engine, target, report=counts.__setitem__)
    with database.engine.connect() as old, target.connect() as new:
        for table in Model.metadata.sorted_tables:
            assert new.scalar(select(func.count()).select_from(table)) == counts[table.name]
            rows = [sorted(map(repr, c.execute(select(table)).fetchall())) for c in (old, new)]
            assert rows[0] == rows[1], table.name
    assert counts["enterprise"] == 1
    moved = Database(url)
    with moved.transaction() as session:
        highest = session.scalar(select(func.max(User.id))) or 0
        assert make_user(session, "paul@example.org").id > highest
    with pytest.raises(copying.TargetNotEmpty):
        copying.copy(database.engine, target, report=counts.__setitem__)
    for engine in (target, moved.engine):
        engine.dispose()
    templates.drop(url)
