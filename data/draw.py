"""Drawn stand-in faces in CelebA's layout, for tests and for trying things without CelebA.

    python -m data draw DIR --count 96

writes img_align_celeba/<id>.jpg (178x218) and the three tables, as data/celeba.py reads them.
Faces sit in the aligned frame: eyes near (69, 111) and (108, 111), mouth near y 152. The
attributes in DRAWN are really visible; the others are always absent. As in CelebA, attributes come
together: people wear glasses with the probabilities GLASSES_IF_MALE and GLASSES_IF_FEMALE.

Face k of a seed is the same whatever the number of faces.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from data.attributes import ATTRIBUTES
from data.celeba import ATTRIBUTE_LIST, IDENTITY_LIST, PARTITION_LIST
from data.errors import DataError
from data.files import is_own_leftover
from data.picture import FRAME
from data.picture_files import IMAGES

GLASSES_IF_MALE, GLASSES_IF_FEMALE = 0.6, 0.1

DRAWN = (
    "Bald",
    "Bangs",
    "Black_Hair",
    "Blond_Hair",
    "Brown_Hair",
    "Eyeglasses",
    "Gray_Hair",
    "Male",
    "Mouth_Slightly_Open",
    "Mustache",
    "No_Beard",
    "Pale_Skin",
    "Rosy_Cheeks",
    "Smiling",
    "Wearing_Hat",
    "Wearing_Lipstick",
    "Young",
)

Colour = tuple[int, int, int]
Points = list[tuple[float, float]]

SKINS = ((242, 201, 172), (229, 182, 148), (206, 153, 117), (167, 115, 82), (120, 79, 56))
PALE_SKIN = (250, 228, 214)
HAIRS = {
    "Black_Hair": (34, 28, 30),
    "Blond_Hair": (226, 188, 112),
    "Brown_Hair": (104, 66, 42),
    "Gray_Hair": (176, 176, 180),
}
IRISES = ((74, 48, 32), (94, 70, 38), (66, 104, 78), (72, 112, 156), (96, 104, 112))
CLOTHES = (
    (58, 72, 104),
    (140, 52, 58),
    (64, 96, 82),
    (220, 216, 206),
    (44, 44, 50),
    (182, 142, 74),
)
WALLS = (
    (196, 214, 226),
    (226, 216, 200),
    (150, 166, 160),
    (92, 104, 128),
    (206, 186, 190),
    (70, 72, 78),
)
GLASSES = ((28, 26, 30), (86, 52, 36), (132, 36, 44), (52, 62, 92))
MIDDLE = 88.5  # x of the axis of the face
DETAIL = 2  # drawn that many times larger, then reduced, to get smooth edges


def draw_celeba(root: str | Path, count: int, seed: int = 0) -> Path:
    """Write `count` faces and their tables below `root`; returns it.

    Eight of ten faces are train, one validation, one test; each is another person.
    Raises DataError when `root` already holds something or `count` is not 1 to 999,999.
    """
    root = Path(root)
    if not 1 <= count <= 999_999:
        raise DataError("a count from 1 to 999,999", str(count), "give such a --count.")
    held = root.iterdir() if root.is_dir() else ()
    if root.is_file() or any(not is_own_leftover(path.name) for path in held):
        raise DataError(
            f"a new or empty folder for drawn faces at {root}",
            "a file" if root.is_file() else "a folder with other things in it",
            "name another one, or delete it.",
        )
    (root / IMAGES).mkdir(parents=True)
    rows, partitions, people = [], [], []
    for k in range(count):
        name = f"{k + 1:06d}.jpg"
        attributes = draw_attributes(seed, k)
        paint(draw_look(seed, k), attributes).save(root / IMAGES / name, quality=92)
        signs = " ".join(" 1" if attributes[a] else "-1" for a in ATTRIBUTES)
        rows.append(f"{name} {signs}\n")
        partitions.append(f"{name} { {3: 1, 7: 2}.get(k % 10, 0) }\n")
        people.append(f"{name} {k + 1}\n")
    header = f"{count}\n{' '.join(ATTRIBUTES)} \n"
    (root / f"{ATTRIBUTE_LIST}.txt").write_text(header + "".join(rows), encoding="utf-8")
    (root / f"{PARTITION_LIST}.txt").write_text("".join(partitions), encoding="utf-8")
    (root / f"{IDENTITY_LIST}.txt").write_text("".join(people), encoding="utf-8")
    return root


def draw_attributes(seed: int, k: int) -> dict[str, bool]:
    """All 40 attributes of face k. They depend on each other; hair colours exclude each other."""
    rng = np.random.default_rng([seed, k, 0])

    def chance(p: float) -> bool:
        return bool(rng.random() < p)

    male, young = chance(0.45), chance(0.7)
    bald = chance(0.15) and male
    hat = chance(0.15)
    colours = (0.4, 0.25, 0.3, 0.05) if young else (0.2, 0.15, 0.15, 0.5)
    hair = None if bald else str(rng.choice(list(HAIRS), p=colours))
    beard = chance(0.4) and male
    drawn = {
        "Bald": bald,
        "Bangs": chance(0.3) and not bald and not hat,
        "Eyeglasses": chance(GLASSES_IF_MALE if male else GLASSES_IF_FEMALE),
        "Male": male,
        "Mouth_Slightly_Open": chance(0.4),
        "Mustache": beard,
        "No_Beard": not beard,
        "Pale_Skin": chance(0.15),
        "Rosy_Cheeks": chance(0.3) and not male,
        "Smiling": chance(0.5),
        "Wearing_Hat": hat,
        "Wearing_Lipstick": chance(0.6) and not male,
        "Young": young,
    }
    if hair:
        drawn[hair] = True
    return {a: drawn.get(a, False) for a in ATTRIBUTES}


@dataclass(frozen=True)
class Look:
    """What varies between faces and is not an attribute."""

    skin: Colour
    beard: Colour  # also of the eyebrows of a bald person
    iris: Colour
    clothes: Colour
    hat: Colour
    glasses: Colour
    wall: tuple[Colour, Colour]  # colours at the top and at the bottom
    shift: tuple[float, float]  # pixels of the aligned frame
    tilt: float  # radians
    scale: float
    width: float  # of the face, 1 on average
    nose: float  # likewise
    glance: float  # pixels the irises are moved sideways
    round_glasses: bool


def draw_look(seed: int, k: int) -> Look:
    """The look of face k, independent of its attributes."""
    rng = np.random.default_rng([seed, k, 1])

    def one_of(colours: tuple[Colour, ...]) -> Colour:
        return colours[rng.integers(len(colours))]

    return Look(
        skin=_mix(one_of(SKINS), one_of(SKINS), rng.uniform(0, 0.35)),
        beard=one_of((HAIRS["Black_Hair"], HAIRS["Brown_Hair"])),
        iris=one_of(IRISES),
        clothes=one_of(CLOTHES),
        hat=one_of(CLOTHES),
        glasses=one_of(GLASSES),
        wall=(one_of(WALLS), one_of(WALLS)),
        shift=(rng.uniform(-2.5, 2.5), rng.uniform(-2.5, 2.5)),
        tilt=rng.uniform(-0.07, 0.07),
        scale=rng.uniform(0.96, 1.04),
        width=rng.uniform(0.94, 1.06),
        nose=rng.uniform(0.85, 1.2),
        glance=rng.uniform(-1.2, 1.2),
        round_glasses=bool(rng.random() < 0.5),
    )


def paint(look: Look, attributes: dict[str, bool]) -> Image.Image:
    """The face as an RGB picture of 178x218 pixels, from the wall to the hat."""
    has = attributes
    skin = _mix(PALE_SKIN, look.skin, 0.12) if has["Pale_Skin"] else look.skin
    hair = next((HAIRS[name] for name in HAIRS if has[name]), look.beard)
    pen = _Pen(look)
    if not has["Bald"]:
        _hair_behind(pen, hair, has)
    _body(pen, skin, look, has)
    _head(pen, skin, has)
    if not has["Young"]:
        _wrinkles(pen, skin)
    if not has["No_Beard"]:
        _beard(pen, hair)
    _nose(pen, skin, look)
    _mouth(pen, skin, has)
    if has["Mustache"]:
        _moustache(pen, hair)
    _eyes(pen, skin, look, has)
    _eyebrows(pen, hair, has)
    if not has["Bald"]:
        _hair_in_front(pen, hair, has)
    if has["Eyeglasses"]:
        _glasses(pen, look)
    if has["Wearing_Hat"]:
        _hat(pen, look)
    return pen.picture()


class _Pen:
    """Draws shapes given in the aligned frame, moved as the pose of the look says."""

    def __init__(self, look: Look):
        cos, sin = look.scale * np.cos(look.tilt), look.scale * np.sin(look.tilt)
        self._turn = np.array([[cos, sin], [-sin, cos]])
        self._centre = np.array([MIDDLE, 122.0])
        self._shift = np.array(look.shift)
        self._width = look.width
        ramp = np.linspace(0, 1, FRAME[1] * DETAIL)[:, None, None]
        wall = (1 - ramp) * look.wall[0] + ramp * look.wall[1]
        wall = np.broadcast_to(wall.round().astype(np.uint8), (len(ramp), FRAME[0] * DETAIL, 3))
        self._image = Image.fromarray(np.ascontiguousarray(wall))
        self._draw = ImageDraw.Draw(self._image, "RGBA")  # RGBA: colours may be see-through

    def shape(self, points: Points, colour: tuple) -> None:
        """A filled shape with a smooth outline through the points."""
        self._draw.polygon(self._place(_smooth(points, closed=True)), colour)

    def half(self, points: Points, colour: tuple) -> None:
        """A symmetrical shape: points of one half, x from the axis of the face."""
        other = [(-x, y) for x, y in reversed(points) if x > 0]
        self.shape([(MIDDLE + x, y) for x, y in points + other], colour)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: tuple) -> None:
        """A filled ellipse."""
        angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        points = np.stack([x + rx * np.cos(angles), y + ry * np.sin(angles)], 1)
        self._draw.polygon(self._place(points), colour)

    def line(self, points: Points, width: float, colour: tuple) -> None:
        """A smooth line with round ends, through the points."""
        placed = self._place(_smooth(points, closed=False))
        self._draw.line(placed, colour, round(width * DETAIL), "curve")
        if len(colour) == 3:  # see-through ends would show twice
            radius = width * DETAIL / 2
            for end in (placed[0], placed[-1]):
                self._draw.circle(end, radius, colour)

    def picture(self) -> Image.Image:
        return self._image.resize(FRAME, Image.Resampling.BOX)

    def _place(self, points: np.ndarray) -> list[tuple[float, float]]:
        from_centre = (points - self._centre) * (self._width, 1)
        placed = (from_centre @ self._turn + self._centre + self._shift) * DETAIL
        return [tuple(p) for p in placed.tolist()]


def _smooth(points: Points, closed: bool) -> np.ndarray:
    """Catmull-Rom curve through the points: (n, 2) float."""
    p = np.array(points, float)
    p = np.concatenate([p[-1:], p, p[:2]] if closed else [p[:1], p, p[-1:]])
    a, b, c, d = p[:-3, None], p[1:-2, None], p[2:-1, None], p[3:, None]
    t = np.linspace(0, 1, 8)[:, None]
    curve = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return curve.reshape(-1, 2)


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    """`share` of b in a."""
    red, green, blue = (round((1 - share) * x + share * y) for x, y in zip(a, b, strict=True))
    return red, green, blue


def _dark(colour: Colour, share: float) -> Colour:
    return _mix(colour, (30, 10, 10), share)


def _light(colour: Colour, share: float) -> Colour:
    return _mix(colour, (255, 250, 240), share)


SIDES = (-1, 1)  # left and right of the axis
EYE = (19.5, 111.0)  # from the axis, y


def _hair_behind(pen: _Pen, hair: Colour, has: dict[str, bool]) -> None:
    outline: Points
    if has["Male"]:
        outline = [(0, 47), (28, 51), (47, 70), (51, 100), (46, 122), (0, 126)]
    else:
        outline = [
            (0, 45),
            (30, 49),
            (52, 72),
            (59, 110),
            (62, 150),
            (66, 190),
            (56, 214),
            (0, 216),
        ]
    pen.half(outline, _dark(hair, 0.25))


def _body(pen: _Pen, skin: Colour, look: Look, has: dict[str, bool]) -> None:
    shoulder = 84 if has["Male"] else 74
    neck = 27 if has["Male"] else 21
    pen.half([(0, 150), (neck, 152), (neck, 190), (neck + 6, 202), (0, 215)], _dark(skin, 0.18))
    body = [(0, 206), (neck - 2, 196), (neck + 10, 196), (shoulder, 212), (shoulder + 14, 250)]
    pen.half([*body, (0, 260)], look.clothes)
    pen.half([(0, 172), (neck - 2, 168), (neck - 4, 184), (0, 194)], _dark(skin, 0.3))


def _head(pen: _Pen, skin: Colour, has: dict[str, bool]) -> None:
    for side in SIDES:
        x = MIDDLE + side * 45
        pen.oval(x, 119, 6, 12, _dark(skin, 0.08))
        pen.oval(x, 119, 3, 8, _dark(skin, 0.2))
    if has["Male"]:
        jaw = [(46, 104), (45, 132), (41, 155), (27, 175), (12, 181), (0, 182)]
    else:
        jaw = [(45, 104), (43, 130), (35, 153), (20, 171), (8, 178), (0, 179)]
    pen.half([(0, 58), (24, 62), (40, 80), *jaw], skin)
    pen.half([(0, 66), (22, 70), (32, 84), (0, 98)], (*_light(skin, 0.35), 60))
    for side in SIDES:
        cheek = (222, 80, 90, 110) if has["Rosy_Cheeks"] else (*_light(skin, 0.3), 60)
        pen.oval(MIDDLE + side * 26, 134, 10, 8, cheek)


def _wrinkles(pen: _Pen, skin: Colour) -> None:
    colour = _dark(skin, 0.28)
    for y in (84, 90):
        pen.line([(MIDDLE - 18, y + 1), (MIDDLE, y - 1), (MIDDLE + 18, y + 1)], 1, colour)
    for side in SIDES:
        x = MIDDLE + side * EYE[0]
        pen.line([(x - 8, 119), (x, 122.5), (x + 8, 119)], 1.3, colour)
        pen.line([(x + side * 14, 109), (x + side * 19, 106)], 1, colour)
        pen.line([(x + side * 14, 112), (x + side * 19, 113)], 1, colour)
        fold = [(12, 137), (18, 144), (22, 154)]
        pen.line([(MIDDLE + side * dx, y) for dx, y in fold], 1.5, colour)


def _nose(pen: _Pen, skin: Colour, look: Look) -> None:
    wing = 8 * look.nose
    pen.half([(0, 112), (3, 120), (wing, 132), (5, 137), (0, 139)], (*_light(skin, 0.3), 90))
    for side in SIDES:
        line = [(wing - 1, 129), (wing + 1, 133), (wing - 2, 136.5)]
        pen.line([(MIDDLE + side * dx, y) for dx, y in line], 1.4, _dark(skin, 0.3))
        pen.oval(MIDDLE + side * wing / 2, 136.5, 2.2, 1.2, _dark(skin, 0.5))


def _mouth(pen: _Pen, skin: Colour, has: dict[str, bool]) -> None:
    lips = (188, 36, 58) if has["Wearing_Lipstick"] else _mix(skin, (168, 62, 62), 0.55)
    half = 20 if has["Smiling"] else 15
    corner = 148 if has["Smiling"] else 153
    top = 150 if has["Smiling"] else 148.5
    drop = 5 if has["Mouth_Slightly_Open"] else 0
    low = (163 if has["Smiling"] else 158.5) + drop
    pen.half(
        [(0, top + 1), (5, top - 0.5), (half, corner), (half * 0.6, low - 2.5), (0, low)], lips
    )
    if has["Mouth_Slightly_Open"]:
        inner = [(0, top + 4), (half - 4, corner + 2.5), (half * 0.5, low - 5), (0, low - 4)]
        pen.half(inner, (70, 18, 24))
        teeth = [(0, top + 4), (half - 5, corner + 2.8), (half * 0.5, top + 7.5), (0, top + 8.5)]
        pen.half(teeth, (250, 246, 238))
    else:
        middle = (top + low) / 2 - 0.5
        line = [(-half, corner), (-half / 2, middle), (half / 2, middle), (half, corner)]
        pen.line([(MIDDLE + dx, y) for dx, y in line], 1.4, _dark(lips, 0.5))
    if has["Smiling"]:
        for side in SIDES:
            dimple = [(half + 1, corner - 4), (half + 3.5, corner), (half + 2, corner + 4)]
            pen.line([(MIDDLE + side * dx, y) for dx, y in dimple], 1.3, _dark(skin, 0.3))


def _beard(pen: _Pen, hair: Colour) -> None:
    outside = [(46, 118), (46, 140), (42, 158), (28, 179), (12, 186), (0, 187)]
    inside = [(0, 143), (12, 142), (24, 144), (34, 138), (41, 120)]
    pen.half([*inside, *outside], _dark(hair, 0.3))


def _moustache(pen: _Pen, hair: Colour) -> None:
    pen.half([(0, 140), (8, 141), (20, 147), (23, 154), (14, 149), (0, 148)], _dark(hair, 0.45))


def _eyes(pen: _Pen, skin: Colour, look: Look, has: dict[str, bool]) -> None:
    lash = 1.6 if has["Male"] else 2.6
    opening = 4.2 if has["Smiling"] else 4.9
    for side in SIDES:
        x, y = MIDDLE + side * EYE[0], EYE[1]
        pen.oval(x, y - 1, 11.5, 8, (*_dark(skin, 0.4), 50))
        white = [(x - 9, y + 1), (x - 4, y - opening + 1), (x + 4, y - opening + 1), (x + 9, y + 1)]
        pen.shape([*white, (x + 3, y + opening), (x - 3, y + opening)], (248, 246, 242))
        pupil = x + look.glance
        pen.oval(pupil, y, 4.3, 4.3, look.iris)
        pen.oval(pupil, y, 2, 2, (14, 12, 14))
        pen.oval(pupil + 1.4, y - 1.6, 1.1, 1.1, (255, 255, 255))
        pen.line([(x + dx, yy) for dx, yy in _lid(y, opening)], lash, (38, 26, 24))
        if not has["Male"]:
            pen.line([(x + side * 8.5, y), (x + side * 12, y - 3)], 1.6, (38, 26, 24))


def _lid(y: float, opening: float) -> Points:
    return [(-9.5, y + 1), (-4, y - opening + 0.7), (4, y - opening + 0.7), (9.5, y + 1)]


def _eyebrows(pen: _Pen, hair: Colour, has: dict[str, bool]) -> None:
    width, arch, y = (4.2, 1.0, 100) if has["Male"] else (2.4, 4.0, 99)
    for side in SIDES:
        line = [(9, y + 1), (20, y - arch), (31, y + 1.5)]
        pen.line([(MIDDLE + side * dx, yy) for dx, yy in line], width, _dark(hair, 0.3))


def _hair_in_front(pen: _Pen, hair: Colour, has: dict[str, bool]) -> None:
    if has["Male"]:
        outside = [(0, 46), (28, 50), (46, 68), (50, 94), (47, 114)]
        inside = [(43, 104), (40, 88), (30, 77), (0, 73)]
    else:
        outside = [(0, 44), (30, 48), (51, 70), (57, 108), (60, 150), (58, 180)]
        inside = [(50, 172), (47, 140), (45, 112), (38, 88), (22, 76), (0, 70)]
    pen.half([*outside, *inside], hair)
    if has["Bangs"]:
        pen.half([(0, 56), (34, 64), (45, 90), (44, 102), (36, 97), (18, 96), (0, 98)], hair)
        for dx in (-30, -18, -6, 6, 18, 30):
            pen.line([(MIDDLE + dx * 0.8, 70), (MIDDLE + dx, 96)], 1, _dark(hair, 0.2))
    for side in SIDES:
        shine = [(8, 56), (24, 60), (36, 72)]
        pen.line([(MIDDLE + side * dx, y) for dx, y in shine], 3, (*_light(hair, 0.5), 70))


def _glasses(pen: _Pen, look: Look) -> None:
    for side in SIDES:
        x, y = MIDDLE + side * EYE[0], EYE[1] + 1
        if look.round_glasses:
            angles = np.linspace(0, 2 * np.pi, 16)
            rim = [(x + 14.5 * np.cos(a), y + 13 * np.sin(a)) for a in angles]
        else:
            corners = ((-14, -9), (0, -10), (14, -9), (13.5, 8), (0, 11), (-13.5, 8), (-14, -9))
            rim = [(x + dx, y + dy) for dx, dy in corners]
        pen.shape(rim[:-1], (225, 240, 255, 40))
        pen.line(rim, 2.8, look.glasses)
        pen.line([(x + side * 14, y - 4), (MIDDLE + side * 46, y - 2)], 2.4, look.glasses)
    pen.line([(MIDDLE - 5.5, 109), (MIDDLE, 107), (MIDDLE + 5.5, 109)], 2.6, look.glasses)


def _hat(pen: _Pen, look: Look) -> None:
    pen.half([(0, 28), (30, 32), (50, 54), (54, 84), (30, 80), (0, 79)], look.hat)
    pen.half([(0, 74), (34, 75), (60, 84), (62, 90), (34, 85), (0, 84)], _dark(look.hat, 0.35))
    pen.half([(0, 68), (30, 69), (53, 76), (53, 80), (30, 76), (0, 75)], _light(look.hat, 0.4))
