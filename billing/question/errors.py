"""Why a question cannot be asked."""

from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_


class QuestionTooLate(DomainError):
    """The days to question a statement are over."""

    code = "question-too-late"
    message = N_("The days to question this statement are over. Write to the cooperative: it will answer all the same.")
