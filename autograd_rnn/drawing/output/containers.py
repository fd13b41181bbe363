"""What a renderer leaves out of its files: a PDF's title, a PNG's dots an inch. And what it should not put in: the hour."""

from __future__ import annotations

import re
import struct
import zlib

DATE, NO_DATE = re.compile(rb"\(D:\d{14}[^)]*\)"), b"(D:20000101000000Z)"
TRAILER = re.compile(rb"trailer\s*<<\s*/Size (\d+)\s+/Root (\d+ 0 R)\s+/Info \d+ 0 R\s*>>\s*startxref\s+(\d+)\s+%%EOF\s*$")
INCH = 0.0254  # metres
SIGNATURE, HEADER = b"\x89PNG\r\n", 33  # bytes of a PNG's signature and first chunk, after which its resolution may stand


def titled(pdf: bytes, title: str) -> bytes:
    """A PDF with its title, appended as the format's own updates are; without the hour of its making, so that it is the same each time."""
    pdf = DATE.sub(lambda found: NO_DATE.ljust(len(found[0])), pdf)  # as long: offsets stay true
    found = TRAILER.search(pdf)
    if found is None:  # of another writer: it stays as it is
        return pdf
    number, root, before = int(found[1]), found[2], found[3]
    words = (b"\xfe\xff" + title.encode("utf-16-be", "replace")).hex().encode()
    more = b"%d 0 obj\n<< /Title <%s> >>\nendobj\n" % (number, words)
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, len(pdf))
    end = b"trailer\n<< /Size %d /Root %s /Info %d 0 R /Prev %s >>\n" % (number + 1, root, number, before)
    return pdf + more + table + end + b"startxref\n%d\n%%%%EOF\n" % (len(pdf) + len(more))


def dotted(png: bytes, dpi: int) -> bytes:
    """A PNG that says how many dots make an inch, so that it has its size in a text."""
    if not png.startswith(SIGNATURE):
        return png
    chunk = b"pHYs" + struct.pack(">IIB", *2 * [round(dpi / INCH)], 1)
    return png[:HEADER] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[HEADER:]
