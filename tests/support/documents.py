"""Small documents that tests send."""

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 30 + b"IEND\xaeB`\x82"
