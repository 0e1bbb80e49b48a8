"""Errors as machines are told them: problem details (RFC 9457)."""

import json

from flask import Response


def problem(types: str, word: str, status: int, detail: str) -> Response:
    """The answer; its type is ``types`` and a stable ``word``, its detail one sentence in the reader's language."""
    told = {"type": f"{types}:{word}", "title": word, "status": status, "detail": detail}
    answer = Response(json.dumps(told, ensure_ascii=False), status, mimetype="application/problem+json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
