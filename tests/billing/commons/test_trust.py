"""docs/trust.md says what its command gives: whatever can be computed again quickly is, and compared to the letter."""

from pathlib import Path

import pytest
from flask import Flask

from billing.commons.simulation import trust
from billing.commons.simulation.cases import try_cases

PAGE = Path(__file__).resolve().parents[3] / "docs" / "trust.md"


@pytest.fixture(scope="module")
def published() -> str:
    return PAGE.read_text("utf-8")


def test_the_small_simulation_comes_out_as_published(published: str) -> None:
    run = trust.small()
    assert run.outcome.broken == []
    assert f"```text\n{run.text}\n```" in published


def test_ten_thousand_random_cases_come_out_as_published(published: str) -> None:
    tried = try_cases(seed=trust.CASES_SEED, count=trust.CASES)
    assert tried.broken == []
    assert "\n".join(trust.tried_lines(tried)) in published


def test_the_attack_comes_out_as_published(published: str) -> None:
    (few,) = trust.attacks(trust.ATTACKED[0])
    assert trust.attack_line(few) in published
    row = next(line for line in published.splitlines() if line.startswith(f"| {trust.ATTACKED[1]:,} |"))
    assert row.split(" | ")[4] == "0"


def test_the_published_run_is_the_promised_one_and_nothing_broke(published: str) -> None:
    assert "flask federation simulate --instances 20 --months 24 --seed 1 --write docs/trust.md" in published
    assert published.count("Nothing broke.") == 2
    assert "BROKEN" not in published
    assert published.count(trust.MEASURED) == 2


def test_the_command_writes_the_page(
    app: Flask, tmp_path: Path, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "ATTACKED", (2,))
    monkeypatch.setattr(trust, "CASES", 50)
    target = tmp_path / "trust.md"
    args = ["federation", "simulate", "--instances", "2", "--months", "2", "--write", str(target)]
    done = app.test_cli_runner().invoke(args=args)
    assert done.exit_code == 0, done.output
    written = target.read_text("utf-8")
    headings = [line for line in published.splitlines() if line.startswith("#")]
    assert [line for line in written.splitlines() if line.startswith("#")] == headings
    assert "2 instances, 2 months, seed 1" in written
