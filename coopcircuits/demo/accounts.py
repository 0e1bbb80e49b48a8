"""Who can sign in to the demonstration: kept beside the database for the start page and the launcher."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "demo-accounts.json"
#: Everybody's password. The demonstration is open to whoever can reach it.
PASSWORD = "les paniers du val"  # noqa: S105 - printed on purpose


@dataclass(frozen=True)
class Account:
    """One account to try. ``work`` is a msgid; ``page`` is the address worth opening first."""

    work: str
    place: str
    name: str
    email: str
    page: str
    password: str = PASSWORD

    @property
    def role(self) -> str:
        """In English, for terminals."""
        return f"{self.work}, {self.place}" if self.place else self.work


def write(folder: Path, accounts: Sequence[Account]) -> None:
    """Put the list where the start page finds it; the most telling accounts first."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"role": account.role, **asdict(account)} for account in accounts]
    (folder / FILE).write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
