"""Instances that live through months: what they come to, and an archive of it that anybody verifies."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from billing.commons import verifier
from billing.commons.archive_files import Wrong
from billing.commons.simulation.run import Simulation
from billing.commons.simulation.world import countries
from billing.commons.verifier import verify_folder


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of twenty instances as a folder."""
    return archive(tmp_path_factory, instances=20, months=12)


@pytest.fixture(scope="module")
def spring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four months of six instances as a folder."""
    return archive(tmp_path_factory, instances=6, months=4)


def archive(made: pytest.TempPathFactory, *, instances: int, months: int) -> Path:
    simulation = Simulation(instances=instances, months=months, seed=7)
    assert simulation.run().broken == []
    folder = made.mktemp("archive") / "all"
    simulation.write(folder)
    return folder


def test_the_twenty_are_the_twenty() -> None:
    places = countries()
    assert len(places) == 20
    assert sum(place.currency == "EUR" for place in places) == 8
    assert {place.zone for place in places} >= {"Asia/Kolkata", "America/Costa_Rica", "Pacific/Auckland"}


@pytest.mark.parametrize("seed", [3])
def test_whatever_happens_nothing_breaks(seed: int) -> None:
    outcome = Simulation(instances=7, months=12, seed=seed).run()
    assert outcome.broken == []
    assert outcome.events["hostile documents refused"] > 0
    assert outcome.events["months estimated"] > 0
    assert outcome.events["true-ups"] > 0


def test_the_same_seed_gives_the_same_bytes() -> None:
    digests = {Simulation(instances=4, months=3, seed=5).run().last_digest for _ in range(2)}
    assert len(digests) == 1


def test_a_year_of_twenty_instances_is_verified(year: Path) -> None:
    found = verify_folder(year)
    assert len(found.identities) == 20
    assert len(found.allocations) > 12 * 15
    assert len(found.reports) > 200


def test_the_command_says_true_and_shows_the_fingerprints(year: Path) -> None:
    done = CliRunner().invoke(verifier.main, [str(year)])
    assert done.exit_code == 0
    assert done.output.startswith("TRUE  20 instances, ")
    assert "fr.example.coop" in done.output


def flip(path: Path, place: int) -> bytes:
    """Change one bit of a file; returns what it was."""
    raw = path.read_bytes()
    path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
    return raw


@pytest.mark.parametrize("kind", ["identities", "sharing-keys", "reports", "allocations"])
@pytest.mark.parametrize("where", [0.1, 0.5, 0.97])
def test_any_flipped_byte_is_found_in_its_file(spring: Path, kind: str, where: float) -> None:
    files = sorted((spring / kind).rglob("*.json"))
    victim = files[len(files) // 2]
    place = int(victim.stat().st_size * where)
    raw = flip(victim, place)
    try:
        with pytest.raises(Wrong) as wrong:
            verify_folder(spring)
    finally:
        victim.write_bytes(raw)
    assert wrong.value.file == victim.relative_to(spring)


def test_broken_json_is_named_to_the_byte(spring: Path) -> None:
    victim = sorted((spring / "reports").rglob("*.json"))[3]
    raw = victim.read_bytes()
    place = raw.index(b'"orders"') + len(b'"orders"')
    victim.write_bytes(raw[:place] + b";" + raw[place + 1 :])
    try:
        done = CliRunner().invoke(verifier.main, [str(spring)])
    finally:
        victim.write_bytes(raw)
    assert done.exit_code == 1
    assert done.output.startswith(f"FALSE  {victim.relative_to(spring)}, byte {place}:")


@pytest.mark.parametrize("kind", ["reports", "identities", "sharing-keys"])
def test_a_missing_document_is_noticed(spring: Path, tmp_path: Path, kind: str) -> None:
    victim = sorted((spring / kind).rglob("*.json"))[0]
    raw = victim.read_bytes()
    victim.unlink()
    try:
        with pytest.raises(Wrong):
            verify_folder(spring)
    finally:
        victim.write_bytes(raw)


def test_a_stray_file_is_noticed(spring: Path) -> None:
    stray = spring / "reports" / "note.txt"
    stray.write_text("hello")
    try:
        with pytest.raises(Wrong, match="belongs to no archive"):
            verify_folder(spring)
    finally:
        stray.unlink()


def test_the_command_simulates(app: Flask) -> None:
    args = ["federation", "simulate", "--instances", "3", "--months", "2", "--seed", "4"]
    done = app.test_cli_runner().invoke(args=args)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("3 instances, 2 months, seed 4")
    assert "Nothing broke." in done.output
