"""What happens to bank statements that were imported."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class BankFileImported(Fact):
    """A bank statement was read; ``recorded`` of its ``lines`` were placed at once."""

    subject = ("bank_file", "file_id")
    file_id: int
    digest: str
    lines: int
    recorded: int


@dataclass(frozen=True)
class BankLinePlaced(Fact):
    """Somebody said whose money a line of a bank statement is, or that it is nobody's."""

    subject = ("bank_line", "line_id")
    line_id: int
    state: str
    receipt_id: int | None
