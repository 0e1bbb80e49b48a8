"""Stripe's error answers: ``{"error": {"type", "code", "message", "param"}}`` and their HTTP status."""

from typing import Any


class Refusal(Exception):
    """An answer other than success. ``kept`` says whether an idempotency key remembers it."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        kept: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(message)
        fields = {"type": type, "code": code, "message": message, "param": param, **more}
        self.error = {name: value for name, value in fields.items() if value is not None}
        self.status = status
        self.kept = kept

    def body(self) -> dict[str, Any]:
        """The JSON object to answer."""
        return {"error": self.error}


def invalid(message: str, code: str | None = None, param: str | None = None) -> Refusal:
    """A request whose parameters are wrong: no endpoint began to run, so no idempotency key remembers it."""
    return Refusal(message, code=code, param=param, kept=False)


def no_such(kind: str, id: str) -> Refusal:
    """Nothing of this id on the account that asks, be it another account's or nobody's."""
    return Refusal(f"No such {kind}: '{id}'", status=404, code="resource_missing", param="id")
