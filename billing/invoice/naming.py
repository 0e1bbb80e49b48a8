"""What the files of documents are called."""


def file_name(number: str) -> str:
    """ "F2026-0001.pdf"."""
    return f"{number}.pdf"
