"""What happens between a shop and the cooperative about a statement."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class QuestionAsked(Fact):
    """A shop wrote about its statement and waits for an answer."""

    subject = ("statement", "statement_id")
    statement_id: int
    message_id: int
    enterprise_id: int
    period: str


@dataclass(frozen=True)
class QuestionAnswered(Fact):
    """The cooperative wrote to a shop about its statement."""

    subject = ("statement", "statement_id")
    statement_id: int
    message_id: int
    enterprise_id: int
    period: str


@dataclass(frozen=True)
class QuestionSettled(Fact):
    """The shop's last word asks for no answer."""

    subject = ("statement", "statement_id")
    statement_id: int
    enterprise_id: int
    period: str
