"""PDF documents, typeset from a template and data.

What people typed reaches the template as data only (JSON in ``sys.inputs.data``) and never becomes markup. The same
data and instant give the same bytes on every machine: only fonts inside the library are used.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any


def typeset(template: Path, data: Mapping[str, Any], *, created: datetime) -> bytes:
    """The bytes of a tagged PDF. ``template`` sees no file outside its own folder."""
    import typst  # slow to load, and most processes never print

    document: bytes = typst.compile(
        template,
        root=template.parent,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=["a-3a", "ua-1"],  # archivable with attachments (ISO 19005-3), readable aloud (ISO 14289-1)
        timestamp=created.replace(microsecond=0),
    )
    return document
