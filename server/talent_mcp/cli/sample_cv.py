"""A one-page PDF for the demo to send: small, valid, and about nobody."""

from itertools import accumulate

TEXT_OPERATORS = "BT /F1 14 Tf 72 770 Td 20 TL {lines} ET"


def sample_cv(*lines: str) -> bytes:
    """The lines on one page; characters outside Latin-1 are replaced."""
    objects = [numbered(number, body) for number, body in enumerate(bodies(lines), 1)]
    head = b"%PDF-1.4\n"
    offsets = list(accumulate((len(part) for part in objects), initial=len(head)))
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets[:-1])
    size = len(objects) + 1
    tail = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return head + b"".join(objects) + f"{tail}startxref\n{offsets[-1]}\n%%EOF\n".encode()


def bodies(lines: tuple[str, ...]) -> tuple[bytes, ...]:
    content = TEXT_OPERATORS.format(lines=" ".join(f"({escaped(line)}) Tj T*" for line in lines))
    page = content.encode("latin-1", "replace")
    return (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )


def numbered(number: int, body: bytes) -> bytes:
    return b"%d 0 obj\n%s\nendobj\n" % (number, body)


def escaped(line: str) -> str:
    return "".join(f"\\{character}" if character in "\\()" else character for character in line)
