"""Draws a certificate as a PNG."""

from io import BytesIO

from django.utils.formats import date_format
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1600, 1130
MARGIN = 60
PAPER, INK, MUTED, ACCENT = "#fdfcf8", "#1d2a35", "#66737d", "#0f6b5c"

SERIF, SANS, MONO = "DejaVuSerif-Bold.ttf", "DejaVuSans.ttf", "DejaVuSansMono.ttf"


def draw_certificate(certificate) -> bytes:
    sheet = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(sheet)
    _draw_frame(pen)
    _write(pen, 230, "CERTIFICADO", SERIF, 84, ACCENT)
    _write(pen, 370, "Se certifica que", SANS, 34, MUTED)
    _write(pen, 470, certificate.holder, SERIF, 72, INK)
    _write(pen, 580, "ha completado con aprovechamiento el curso", SANS, 34, MUTED)
    _write(pen, 680, certificate.course, SERIF, 54, INK)
    _write(pen, 850, date_format(certificate.issued_on, "DATE_FORMAT"), SANS, 32, INK)
    _write(pen, 960, certificate.code, MONO, 38, ACCENT)
    _write(pen, 1015, "Código de verificación", SANS, 24, MUTED)
    return _encode(sheet)


def _draw_frame(pen) -> None:
    outer = (MARGIN, MARGIN, WIDTH - MARGIN, HEIGHT - MARGIN)
    inner = (MARGIN + 18, MARGIN + 18, WIDTH - MARGIN - 18, HEIGHT - MARGIN - 18)
    pen.rectangle(outer, outline=ACCENT, width=6)
    pen.rectangle(inner, outline=ACCENT, width=2)
    pen.line((WIDTH / 2 - 120, 780, WIDTH / 2 + 120, 780), fill=ACCENT, width=3)


def _write(pen, middle: int, text: str, typeface: str, size: int, colour: str) -> None:
    """Writes one centred line, smaller than `size` if it would not fit otherwise."""
    room = WIDTH - 4 * MARGIN
    font = ImageFont.truetype(typeface, size)
    width = font.getlength(text)
    if width > room:
        font = ImageFont.truetype(typeface, int(size * room / width))
    pen.text((WIDTH / 2, middle), text, font=font, fill=colour, anchor="mm")


def _encode(sheet) -> bytes:
    buffer = BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
