"""Photographs and drawings, painted here so that nothing has to be licensed or downloaded."""

import io
import math
import random
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter

SIZE = (1200, 900)
_SKIES = (((244, 162, 97), (38, 70, 120)), ((250, 214, 165), (96, 108, 160)), ((205, 226, 240), (92, 150, 196)))
_FRAMES = ((42, 96, 122), (226, 108, 84), (60, 120, 90))


@lru_cache(maxsize=64)
def photo(kind, variant=0):
    """A JPEG of something.

    :param str kind: ``brake``, ``rack``, ``parcel``, ``bike``, ``ride``, ``saddle`` or ``street``.
    :param int variant: 0 to 2, another view of the same thing.
    """
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    _PAINTERS[kind](draw, random.Random(f"{kind}{variant}"), variant)
    image = image.filter(ImageFilter.GaussianBlur(1.1))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=78)
    return stream.getvalue()


@lru_cache
def logo():
    """The company's mark as a small transparent PNG."""
    image = Image.new("RGBA", (640, 160))
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 20, 140, 140), outline=(42, 96, 122), width=12)
    for spoke in range(7):
        angle = math.pi * (1 + spoke / 6)
        draw.line((80, 80, 80 + 56 * math.cos(angle), 80 + 56 * math.sin(angle)), fill=(42, 96, 122), width=3)
    wave = [(x, 92 + 9 * math.sin((x - 30) / 9)) for x in range(28, 133, 2)]
    draw.line(wave, fill=(226, 108, 84), width=9, joint="curve")
    draw.text((170, 46), "tidewheel", fill=(42, 96, 122), font_size=72)
    stream = io.BytesIO()
    image.resize((320, 80)).save(stream, "PNG")
    return stream.getvalue()


@lru_cache
def lettering(word):
    """A sketch of a name for a bicycle, as PNG."""
    image = Image.new("RGB", (900, 300), (250, 246, 238))
    draw = ImageDraw.Draw(image)
    draw.text((60, 80), word, fill=(42, 60, 80), font_size=130)
    for left in (70, 150):
        draw.ellipse((left, 220, left + 60, 280), outline=(226, 108, 84), width=6)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def _sky(draw, top, bottom, height=SIZE[1]):
    for y in range(height):
        share = y / height
        draw.line((0, y, SIZE[0], y), fill=tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)))


def _wheel(draw, x, y, radius, color=(30, 30, 34)):
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=color, width=max(6, radius // 11))
    for spoke in range(18):
        angle = spoke * math.pi / 9
        draw.line((x, y, x + math.cos(angle) * radius, y + math.sin(angle) * radius), fill=(150, 154, 160), width=2)
    draw.ellipse((x - 12, y - 12, x + 12, y + 12), fill=color)


def _bicycle(draw, x, y, scale, color):
    """A bicycle whose rear wheel touches the ground at ``(x, y)``."""
    radius = round(110 * scale)
    rear, front = (x, y - radius), (x + round(330 * scale), y - radius)
    crank, seat = (x + round(140 * scale), y - radius + 6), (x + round(90 * scale), y - round(300 * scale))
    head = (x + round(280 * scale), y - round(290 * scale))
    for spot in (rear, front):
        _wheel(draw, *spot, radius)
    tubes = ((rear, crank), (rear, seat), (crank, seat), (crank, head), (seat, head), (head, front))
    for start, end in tubes:
        draw.line((*start, *end), fill=color, width=round(15 * scale))
    post = (seat[0] - round(14 * scale), seat[1] - round(44 * scale))
    draw.line((*seat, *post), fill=(60, 60, 64), width=round(10 * scale))
    draw.rounded_rectangle((post[0] - 46 * scale, post[1] - 12, post[0] + 40 * scale, post[1] + 10), 9, fill=(92, 58, 40))
    bar = (head[0] + round(6 * scale), head[1] - round(52 * scale))
    draw.line((*head, *bar), fill=(60, 60, 64), width=round(11 * scale))
    draw.line((bar[0] - 30 * scale, bar[1] - 6, bar[0] + 40 * scale, bar[1] + 8), fill=(40, 40, 44), width=round(13 * scale))


def _ride(draw, rng, variant):
    _sky(draw, *reversed(_SKIES[variant]))
    sun = rng.randint(700, 1000)
    draw.ellipse((sun, 330, sun + 130, 460), fill=(255, 236, 190))
    draw.rectangle((0, 500, 1200, 640), fill=(52, 104, 136))
    for _ in range(60):
        x, y = rng.randint(0, 1180), rng.randint(506, 632)
        draw.line((x, y, x + rng.randint(14, 60), y), fill=(150, 190, 206), width=2)
    hills = [(0, 640), *((x, 600 - rng.randint(0, 120)) for x in range(0, 420, 60)), (460, 640)]
    draw.polygon(hills, fill=(64, 84, 78))
    draw.rectangle((0, 640, 1200, 900), fill=(172, 156, 122))
    _bicycle(draw, rng.randint(180, 560), 800, 1.05, _FRAMES[variant])


def _bike(draw, rng, variant):
    _sky(draw, (214, 206, 192), (186, 174, 158))
    for row in range(11):
        for column in range(-1, 10):
            left = column * 130 + (row % 2) * 65
            shade = 178 + rng.randint(-14, 14)
            draw.rectangle((left, row * 60, left + 124, row * 60 + 54), fill=(shade, shade - 38, shade - 58))
    draw.rectangle((0, 660, 1200, 900), fill=(120, 120, 122))
    _bicycle(draw, 320, 790, 1.55, _FRAMES[variant])


def _brake(draw, rng, variant):
    _sky(draw, (70, 74, 80), (28, 30, 34))
    x, y = 560 + 40 * variant, 470
    for spoke in range(14):
        angle = spoke * math.pi / 7 + 0.1 * variant
        draw.line((x, y, x + 900 * math.cos(angle), y + 900 * math.sin(angle)), fill=(110, 114, 120), width=5)
    draw.ellipse((x - 330, y - 330, x + 330, y + 330), fill=(176, 180, 186))
    draw.ellipse((x - 230, y - 230, x + 230, y + 230), fill=(58, 62, 68))
    for hole in range(30):
        angle, distance = hole * math.pi / 15, 265 + 30 * (hole % 2)
        spot = (x + distance * math.cos(angle), y + distance * math.sin(angle))
        draw.ellipse((spot[0] - 13, spot[1] - 13, spot[0] + 13, spot[1] + 13), fill=(58, 62, 68))
    for arm in range(6):
        angle = arm * math.pi / 3
        draw.line((x, y, x + 240 * math.cos(angle), y + 240 * math.sin(angle)), fill=(150, 154, 160), width=26)
    draw.ellipse((x - 70, y - 70, x + 70, y + 70), fill=(24, 24, 26))
    draw.rounded_rectangle((x + 190, y - 250, x + 400, y - 60), 26, fill=(22, 22, 24))
    for _ in range(40):
        spot = rng.randint(0, 1190), rng.randint(0, 890)
        draw.ellipse((*spot, spot[0] + 4, spot[1] + 4), fill=(96, 84, 70))


def _rack(draw, rng, variant):
    _sky(draw, (198, 206, 200), (130, 142, 134))
    for number, offset in enumerate((0, 170, 340)):
        draw.line((80, 260 + offset, 1160, 200 + offset), fill=(34, 36, 38), width=44 - 6 * number)
    draw.line((520, 120, 640 + 30 * variant, 840), fill=(44, 46, 50), width=52)
    x, y = 566 + 6 * variant, 400
    points = [(x + step * 9, y + rng.randint(-7, 7)) for step in range(-4, 6)]
    draw.line(points, fill=(214, 214, 216), width=5)
    draw.ellipse((x - 90, y - 90, x + 100, y + 90), outline=(206, 44, 38), width=9)


def _parcel(draw, rng, variant):
    _sky(draw, (226, 222, 214), (168, 160, 150))
    draw.polygon([(160, 330), (860, 260), (1080, 350), (380, 440)], fill=(206, 164, 112))
    draw.polygon([(160, 330), (380, 440), (380, 800), (160, 660)], fill=(164, 122, 76))
    draw.polygon([(380, 440), (1080, 350), (1080, 690), (380, 800)], fill=(186, 144, 94))
    draw.line((268, 384, 968, 304), fill=(226, 214, 180), width=30)
    x, y = 640 + 70 * variant, 590
    hole = []
    for step in range(22):
        angle, reach = step * math.pi / 11, rng.randint(50, 105)
        hole.append((x + reach * math.cos(angle), y + reach * 0.8 * math.sin(angle)))
    draw.polygon(hole, fill=(52, 38, 28))
    draw.rectangle((880, 470, 1030, 570), fill=(244, 244, 240))
    for bar in range(16):
        draw.rectangle((892 + bar * 8, 484, 892 + bar * 8 + rng.randint(2, 6), 540), fill=(20, 20, 20))


def _saddle(draw, rng, variant):
    _sky(draw, (238, 234, 226), (200, 190, 176))
    for number in range(4):
        x, y = 110 + (number % 2) * 560, 180 + (number // 2) * 370
        shade = rng.randint(-18, 18) + 14 * variant
        brown = (112 + shade, 68 + shade, 42 + shade // 2)
        draw.polygon(
            [(x, y + 40), (x + 140, y), (x + 420, y + 70), (x + 420, y + 100), (x + 140, y + 190), (x, y + 150)],
            fill=brown,
        )
        draw.ellipse((x - 40, y + 20, x + 110, y + 170), fill=brown)
        draw.line((x + 60, y + 95, x + 380, y + 88), fill=(60, 36, 24), width=12)
        draw.text((x + 180, y + 220), f"No. {number + 1}", fill=(60, 60, 60), font_size=44)


def _street(draw, rng, variant):
    _sky(draw, *_SKIES[2])
    left = 0
    while left < 1200:
        width, height = rng.randint(130, 220), rng.randint(300, 600)
        wall = (rng.randint(150, 220), rng.randint(120, 180), rng.randint(100, 150))
        draw.rectangle((left, 760 - height, left + width, 760), fill=wall)
        for top in range(760 - height + 30, 700, 80):
            for x in range(left + 20, left + width - 40, 50):
                draw.rectangle((x, top, x + 26, top + 44), fill=(70, 90, 110))
        left += width
    draw.rectangle((0, 760, 1200, 900), fill=(110, 110, 114))
    _bicycle(draw, 300 + 150 * variant, 850, 0.8, _FRAMES[variant])


_PAINTERS = {
    "ride": _ride,
    "bike": _bike,
    "brake": _brake,
    "rack": _rack,
    "parcel": _parcel,
    "saddle": _saddle,
    "street": _street,
}
