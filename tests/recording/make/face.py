"""A face that moves: blends between average faces, in a soft ellipse, as a webcam would see it."""

import io
import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

WIDTH, HEIGHT, SIDE = 320, 240, 150
FPS = 5.0
BACKGROUND = 128.0
QUALITY = 72
# Rows and columns of the eyes in the 48x48 means; `face_basis.py` aligns them there.
EYES = ((14.8, 18.5), (33.2, 18.5))
EXPRESSIONS = ("neutral", "happy", "angry", "sad")


class Faces:
    """The average faces, enlarged once."""

    def __init__(self, folder: Path):
        self.open = {name: _enlarged(Image.open(folder / f"face_{name}.png")) for name in EXPRESSIONS}
        self.closed = {name: _with_eyes_closed(face) for name, face in self.open.items()}
        self.mask = _soft_ellipse()

    def blend(self, weights: dict[str, float], blink: bool) -> np.ndarray:
        faces = self.closed if blink else self.open
        total = sum(weights.values())
        return sum(faces[name] * (weight / total) for name, weight in weights.items())


def frames(folder: Path, seconds: float, expression, agitation, rng: np.random.Generator):
    """JPEG frames. `expression(t)` gives weights of the means, `agitation(t)` in [0,1] how restless the head is."""
    faces = Faces(folder)
    next_blink = 2.0
    drift = np.zeros(3)
    for index in range(round(seconds * FPS)):
        t = index / FPS
        blink = t >= next_blink
        if blink:
            next_blink = t + rng.uniform(0.6, 1.4) * (5.0 - 3.0 * agitation(t))
        restless = agitation(t)
        drift = 0.8 * drift + rng.normal(0, 0.35 + 1.2 * restless, 3)
        face = faces.blend(expression(t), blink)
        x = 4 * math.sin(2 * math.pi * t / 17) + drift[0]
        y = 3 * math.sin(2 * math.pi * t / 11) + drift[1]
        roll = 1.5 * math.sin(2 * math.pi * t / 23) + 0.4 * drift[2]
        yield _jpeg(_placed(face, faces.mask, x, y, roll), rng)


def _enlarged(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float64)


def _soft_ellipse() -> np.ndarray:
    y, x = np.mgrid[0:SIDE, 0:SIDE] / (SIDE - 1) * 2 - 1
    radius = np.sqrt((x / 0.88) ** 2 + (y / 0.98) ** 2)
    return np.clip((1.0 - radius) / 0.12, 0, 1)


def _with_eyes_closed(face: np.ndarray) -> np.ndarray:
    """The skin between brow and eye drawn down over the eye, with a dark line of lashes."""
    closed = face.copy()
    y, x = np.mgrid[0:SIDE, 0:SIDE] * (48 / SIDE)
    for eye_x, eye_y in EYES:
        lid = np.exp(-(((x - eye_x) / 5.0) ** 4) - ((y - eye_y) / 3.2) ** 4)
        cheek = float(np.median(face[(abs(x - eye_x) < 4) & (abs(y - eye_y - 6) < 1.5)]))
        lashes = 40 * np.exp(-(((x - eye_x) / 4.0) ** 4) - ((y - eye_y - 1.6) / 0.5) ** 2)
        closed = closed * (1 - lid) + 0.9 * cheek * lid - lashes
    return np.asarray(Image.fromarray(closed.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1)), float)


def _placed(face: np.ndarray, mask: np.ndarray, x: float, y: float, roll: float) -> np.ndarray:
    """Frame [HEIGHT, WIDTH] with the face in its middle, moved by (x, y) pixels and turned by `roll` degrees."""
    cos, sin = math.cos(math.radians(roll)), math.sin(math.radians(roll))
    centre_x, centre_y = WIDTH / 2 + x, HEIGHT / 2 + y
    half = SIDE / 2
    matrix = (cos, sin, half - cos * centre_x - sin * centre_y, -sin, cos, half + sin * centre_x - cos * centre_y)
    moved = [
        np.asarray(
            Image.fromarray(layer.astype(np.float32)).transform(
                (WIDTH, HEIGHT), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
            ),
            np.float64,
        )
        for layer in (face, mask)
    ]
    return BACKGROUND * (1 - moved[1]) + moved[0] * moved[1]


def _jpeg(frame: np.ndarray, rng: np.random.Generator) -> bytes:
    noisy = (frame + rng.normal(0, 1.5, frame.shape)).clip(0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(noisy).save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
