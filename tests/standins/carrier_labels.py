"""Labels as a carrier prints them: PNG, PDF or ZPL with a real barcode (ITF)."""
from __future__ import annotations

import struct
import zlib

WIDTH, HEIGHT = 812, 1218  # 4 x 6 inches at 203 dots
NARROW, WIDE = 3, 7
DIGIT_WIDTHS = ("nnwwn", "wnnnw", "nwnnw", "wwnnn", "nnwnw",
                "wnwnn", "nwwnn", "nnnww", "wnnwn", "nwnwn")
CONTENT_TYPES = {"png": b"image/png", "pdf": b"application/pdf", "zpl": b"application/zpl"}


def bar_runs(digits: str) -> list[tuple[bool, int]]:
    """Black and white runs of an interleaved 2 of 5 code; an even count of digits."""
    runs = [(True, NARROW), (False, NARROW), (True, NARROW), (False, NARROW)]
    for black, white in zip(digits[0::2], digits[1::2]):
        for bar, space in zip(DIGIT_WIDTHS[int(black)], DIGIT_WIDTHS[int(white)]):
            runs.append((True, WIDE if bar == "w" else NARROW))
            runs.append((False, WIDE if space == "w" else NARROW))
    return runs + [(True, WIDE), (False, NARROW), (True, NARROW)]


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_label(tracking_code: str) -> bytes:
    """A black and white picture of the barcode."""
    bits = [1] * WIDTH
    place = 40
    for black, width in bar_runs(tracking_code):
        if black:
            bits[place:place + width] = [0] * len(bits[place:place + width])
        place += width
    padded = bits[:WIDTH] + [1] * (-WIDTH % 8)
    bars = bytes(int("".join(map(str, padded[i:i + 8])), 2) for i in range(0, len(padded), 8))
    blank = b"\xff" * len(bars)
    rows = [bars if 700 <= row < 950 else blank for row in range(HEIGHT)]
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 1, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head)
            + png_chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 6))
            + png_chunk(b"IEND", b""))


def pdf_label(tracking_code: str, lines: list[str]) -> bytes:
    """One page with the address and the barcode."""
    drawn = ["BT /F1 14 Tf 16 TL 20 400 Td"]
    drawn += [f"({pdf_text(line)}) '" for line in lines + ["", tracking_code]]
    drawn.append("ET")
    place = 20.0
    for black, width in bar_runs(tracking_code):
        if black:
            drawn.append(f"{place:.2f} 120 {width * 0.33:.2f} 90 re f")
        place += width * 0.33
    content = "\n".join(drawn).encode("latin-1", "replace")
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 288 432]/Contents 4 0 R"
               b"/Resources<</Font<</F1 5 0 R>>>>>>",
               b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
               b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"]
    return pdf_file(objects)


def pdf_text(text: str) -> str:
    """Text inside a PDF string."""
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def pdf_file(objects: list[bytes]) -> bytes:
    """Numbered objects with their table of places."""
    data, places = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%s\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + (b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\n"
                   b"startxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table, len(objects) + 1, len(data)))


def zpl_label(tracking_code: str, lines: list[str]) -> bytes:
    """Commands for a label printer."""
    text = "".join(f"^FO40,{60 + 45 * row}^A0N,36,36^FD{line.replace('^', ' ').replace('~', ' ')}^FS\n"
                   for row, line in enumerate(lines))
    return f"^XA^CI28\n{text}^FO40,700^BY3^BCN,200,Y,N,N^FD{tracking_code}^FS\n^XZ\n".encode()


def render(kind: str, tracking_code: str, lines: list[str]) -> bytes:
    """A label in the format asked for."""
    if kind == "pdf":
        return pdf_label(tracking_code, lines)
    return zpl_label(tracking_code, lines) if kind == "zpl" else png_label(tracking_code)
