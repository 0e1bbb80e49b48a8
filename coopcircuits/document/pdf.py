"""PDF documents, typeset from a template and data.

What people typed reaches the template as data only (JSON in ``sys.inputs.data``) and never becomes markup. The same
data and instant give the same bytes on every machine: only fonts inside the library are used. A letter that none of
them draws is printed as "□"; archives want to show every letter they hold.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from coopcircuits.document.letters import in_every_text

#: Typst names each letter that it cannot write: itself, or "\\u{7}".
_UNDRAWN = re.compile(r'the (?:text|PDF contains the codepoint) `"(.+?)"`')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def typeset(template: Path, data: Mapping[str, Any], *, created: datetime) -> bytes:
    """The bytes of a tagged PDF. ``template`` sees no file outside its own folder."""
    import typst  # slow to load, and most processes never print

    while True:
        try:
            document: bytes = typst.compile(
                template,
                root=template.parent,
                ignore_system_fonts=True,
                sys_inputs={"data": json.dumps(data)},
                # archivable with attachments (ISO 19005-3), readable aloud (ISO 14289-1)
                pdf_standards=["a-3a", "ua-1"],
                timestamp=created.replace(microsecond=0),
            )
        except typst.TypstError as refusal:
            drawn = _drawable(data, refusal.diagnostic)
            if drawn == data:
                raise
            data = drawn
        else:
            return document


def _drawable(data: Mapping[str, Any], diagnostic: str) -> dict[str, Any]:
    """The data with "□" for each letter that was refused."""
    named = "".join(_UNDRAWN.findall(diagnostic))
    letters = set(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), named)) - {"□"}
    replaced: dict[str, Any] = in_every_text(
        data, lambda text: text.translate({ord(letter): "□" for letter in letters})
    )
    return replaced
