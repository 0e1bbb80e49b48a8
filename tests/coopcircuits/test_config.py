"""Settings, and that their documentation tells the truth."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from coopcircuits import cli, config
from coopcircuits.config import ConfigurationError, Settings

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "COOP_ENV": "production",
    "COOP_SECRET_KEY": "x" * 32,
    "COOP_DATABASE_URL": "postgresql://coop@/coop",
    "COOP_BASE_URL": "https://coop.example.org",
}


def test_the_documentation_lists_exactly_the_settings_of_the_code() -> None:
    assert config.as_table() in (ROOT / "docs" / "configuration.md").read_text(), "paste what “flask settings” prints"


def test_the_command_prints_the_same_table() -> None:
    assert CliRunner().invoke(cli.settings_table).output.strip() == config.as_table()


def test_production_starts_with_what_it_needs() -> None:
    settings = Settings.from_environment(PRODUCTION)
    assert (settings.is_production, settings.is_https, settings.is_demo) == (True, True, False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"COOP_DATABSE_URL": "x"}, "COOP_DATABSE_URL"),
        ({"COOP_ENV": "staging"}, "COOP_ENV"),
        ({"COOP_SECRET_KEY": ""}, "COOP_SECRET_KEY must be set"),
        ({"COOP_SECRET_KEY": "short"}, "at least 32"),
        ({"COOP_DATABASE_URL": ""}, "COOP_DATABASE_URL must be set"),
        ({"COOP_STRIPE_API_BASE": "http://localhost:8001"}, "COOP_STRIPE_API_BASE"),
        ({"COOP_FEDERATION_ALLOW_HOSTS": "localhost:8002"}, "COOP_FEDERATION_ALLOW_HOSTS"),
        ({"COOP_TRUSTED_PROXIES": "one"}, "whole number"),
        ({"COOP_BASE_URL": "coop.example.org"}, "COOP_BASE_URL"),
        ({"COOP_BASE_URL": "https://coop.example.org/market"}, "without a path"),
        ({"COOP_MAIL_URL": "mail.example.org"}, "smtp://"),
    ],
)
def test_what_cannot_be_used_is_named(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Settings.from_environment({**PRODUCTION, **changes})


def test_an_installation_makes_its_secret_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    first = Settings.from_environment({}, var_dir=str(tmp_path / "var"))
    second = Settings.from_environment({}, var_dir=str(tmp_path / "var"))
    assert len(first.secret_key) >= 32
    assert first.secret_key == second.secret_key
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert first.secret_key != Settings.from_environment({}, var_dir=str(tmp_path / "other")).secret_key


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        Settings.from_environment({}, var_dir=str(tmp_path / "file" / "var"))
