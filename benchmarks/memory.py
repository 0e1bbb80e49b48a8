"""The limit of a page: the same Flask and gunicorn, answering the same bytes from memory."""

import os
from pathlib import Path

from flask import Flask, Response

app = Flask(__name__)
_PAGE = Path(os.environ.get("BENCH_PAGE", os.devnull)).read_bytes()


@app.get("/")
def page() -> Response:
    return Response(_PAGE, mimetype="text/html")
