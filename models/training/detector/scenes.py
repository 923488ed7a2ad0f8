"""Composes training frames: crowds zoomed into, faces pasted on other pictures, worn by bad light."""

import io
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from common.align import warp
from detector.geometry import mirror_boxes, mirror_faces, move_boxes, move_faces, movement
from detector.library import Picture

WIDTH, HEIGHT = 320, 240
SMALLEST = 9.0
# Correlation of a face's pixels before and after wear under which there is no telling that it is one.
LEAST_LIKENESS = 0.6


class Composer:
    """Draws frames u8 [240, 320], each with what it was before it was covered and worn, faces [k, 14] and boxes to ignore
    [m, 4].

    `alarms` are places without a face that the network took for one: they are shown more often.
    """

    def __init__(self, pictures: list[Picture], seed: int, alarms=None):
        self.random = np.random.default_rng(seed)
        self.alarms = alarms
        self.crowds = [p for p in pictures if p.kind == "crowd"]
        self.empty = [p for p in pictures if p.kind == "empty"]
        self.single = {
            kind: [p for p in pictures if p.kind == kind] for kind in ("portraits", "landmarks", "tight")
        }

    def frame(self):
        if self.random.random() < 0.5:
            image, faces, ignored = self._crowd()
            pasted = self.random.random() < 0.2
        else:
            image, faces, ignored = self._background()
            pasted = self.random.random() < 0.55
        if pasted:
            for _ in range(1 + self.random.poisson(2.5)):
                image, faces = self._paste(image, faces, ignored)
            if self.random.random() < 0.3:
                image, faces = self._paste(image, faces, ignored, decoy=True)
        clean = np.asarray(image)
        worn = self._wear(self._cover(image, faces))
        lost = np.array([_likeness(worn, clean, face) < LEAST_LIKENESS for face in faces], bool)
        faces, ignored = faces[~lost], np.concatenate([ignored, faces[lost, :4]])
        if self.random.random() < 0.5:
            worn, clean = worn[:, ::-1], clean[:, ::-1]
            faces, ignored = mirror_faces(faces, WIDTH), mirror_boxes(ignored, WIDTH)
        return np.ascontiguousarray(worn), np.ascontiguousarray(clean), *_within(faces, ignored)

    def _pick(self, items: list):
        return items[self.random.integers(len(items))]

    def _size(self, smallest: float = 11, largest: float = 210) -> float:
        """Side of a face, evenly over its logarithm."""
        return math.exp(self.random.uniform(math.log(smallest), math.log(largest)))

    def _crowd(self):
        """A boxed picture, zoomed so that one of its faces has the size drawn."""
        picture = self._pick(self.crowds)
        face = self._pick(picture.faces) if len(picture.faces) else np.array([0, 0, 60, 60], np.float32)
        scale = np.clip(self._size(11, 150) / math.sqrt(_area(face)), 0.25, 4.0)
        target = self.random.uniform([20, 20], [WIDTH - 20, HEIGHT - 20])
        matrix = movement(self.random.normal(0, 7), scale, (face[:2] + face[2:4]) / 2, target)
        image = _warp_smooth(picture.pixels, matrix, fill=int(self.random.integers(0, 256)))
        return image, move_faces(picture.faces, matrix), move_boxes(picture.ignored, matrix)

    def _background(self):
        """A picture without faces that covers the frame, or a plain tone."""
        nothing = np.zeros((0, 14), np.float32), np.zeros((0, 4), np.float32)
        if self.random.random() < 0.15:
            return Image.new("L", (WIDTH, HEIGHT), int(self.random.integers(20, 235))), *nothing
        if self.alarms and self.random.random() < 0.6:
            return self._alarm(), *nothing
        pixels = self._pick(self.empty).pixels
        height, width = pixels.shape
        if self.random.random() < 0.25:
            fitted = min(WIDTH / width, HEIGHT / height)
            return _warp_smooth(pixels, np.array([[fitted, 0, 0], [0, fitted, 0]])), *nothing
        cover = max(WIDTH / width, HEIGHT / height) * math.exp(self.random.uniform(0, 0.9))
        slack = np.array([width, height]) / 2 - np.array([WIDTH, HEIGHT]) / 2 / cover
        centre = np.array([width, height]) / 2 + self.random.uniform(-1, 1, 2) * slack
        matrix = movement(0, cover, centre, np.array([WIDTH, HEIGHT]) / 2)
        return _warp_smooth(pixels, matrix), *nothing

    def _alarm(self) -> Image.Image:
        """A picture without faces, turned and zoomed a little about a place that was taken for one."""
        picture, box = self.alarms.draw(self.random)
        height, width = picture.pixels.shape
        scale = min(WIDTH / width, HEIGHT / height) * math.exp(self.random.normal(0, 0.35))
        target = self.random.uniform([20, 20], [WIDTH - 20, HEIGHT - 20])
        matrix = movement(self.random.normal(0, 6), scale, (box[:2] + box[2:]) / 2, target)
        return _warp_smooth(picture.pixels, matrix)

    def _paste(self, image: Image.Image, faces: np.ndarray, ignored: np.ndarray, decoy: bool = False):
        """Lays one face over the frame where it hides no other; soft or hard at the edge.

        A decoy is a piece of a picture without faces, pasted alike: a pasted edge is no face.
        """
        kind = self.random.choice(["portraits", "landmarks", "tight"], p=[0.35, 0.45, 0.2])
        picture = self._decoy() if decoy else self._pick(self.single[kind])
        if len(picture.faces) != 1 or len(picture.ignored):
            return image, faces
        face = picture.faces[0]
        side = self._size()
        spread = 9 if self.random.random() < 0.7 else 22
        matrix = movement(
            self.random.normal(0, spread), side / math.sqrt(_area(face)), (face[:2] + face[2:4]) / 2,
            self.random.uniform([side * 0.3, side * 0.3], [WIDTH - side * 0.3, HEIGHT - side * 0.3]),
        )
        height, width = picture.pixels.shape
        outline = move_boxes(np.array([[0, 0, width, height]], np.float32), matrix)
        if _hides(outline[0], np.concatenate([faces[:, :4], ignored])):
            return image, faces
        layer = _warp_smooth(picture.pixels, matrix)
        stencil = warp(self._stencil(picture), matrix, (WIDTH, HEIGHT))
        image = Image.composite(layer, image, stencil)
        if decoy:
            return image, faces
        return image, np.concatenate([faces, move_faces(picture.faces, matrix)])

    def _decoy(self) -> Picture:
        """A square of a picture without faces, with a false face amidst it."""
        if self.alarms and self.random.random() < 0.5:
            picture, (x1, y1, x2, y2) = self.alarms.draw(self.random)
            pixels, side = picture.pixels, int(max(x2 - x1, y2 - y1, 12) * 1.5)
            side = min(side, *pixels.shape)
            corner = np.array([y1 + y2, x1 + x2]) / 2 - side / 2
            top, left = (int(np.clip(c, 0, n - side)) for c, n in zip(corner, pixels.shape))
        else:
            pixels = self._pick(self.empty).pixels
            side = int(self.random.integers(24, min(pixels.shape)))
            top, left = (int(self.random.integers(0, n - side + 1)) for n in pixels.shape)
        face = np.full((1, 14), np.nan, np.float32)
        face[0, :4] = np.array([0.15, 0.1, 0.85, 0.9]) * side
        square = np.ascontiguousarray(pixels[top : top + side, left : left + side])
        return Picture(square, face, np.zeros((0, 4), np.float32), "decoy", False)

    def _stencil(self, picture: Picture) -> Image.Image:
        """What of the picture is pasted: all of it, or an ellipse about the face."""
        height, width = picture.pixels.shape
        stencil = Image.new("L", (width, height), 0)
        draw = ImageDraw.Draw(stencil)
        soft = self.random.uniform(0.01, 0.08) * min(height, width)
        if self.random.random() < 0.55:
            draw.rectangle([soft, soft, width - 1 - soft, height - 1 - soft], fill=255)
        else:
            grown = self.random.uniform(1.0, 1.35, 2) * (picture.faces[0, 2:4] - picture.faces[0, :2]) / 2
            centre = (picture.faces[0, :2] + picture.faces[0, 2:4]) / 2
            low = np.maximum(centre - grown, soft)
            high = np.minimum(centre + grown, [width - 1 - soft, height - 1 - soft])
            draw.ellipse([*low, *np.maximum(high, low + 1)], fill=255)
        return stencil.filter(ImageFilter.GaussianBlur(soft / 2))

    def _cover(self, image: Image.Image, faces: np.ndarray) -> Image.Image:
        """Hides a part of some faces: a hand, a cup, a mask."""
        image = image.copy()
        draw = ImageDraw.Draw(image)
        for x1, y1, x2, y2 in faces[:, :4]:
            if self.random.random() < 0.12:
                width, height = x2 - x1, y2 - y1
                left, top = self.random.uniform([x1 - 0.1 * width, y1 + 0.3 * height], [x2, y2])
                extent = self.random.uniform(0.2, 0.6, 2) * [width, height]
                tone = int(self.random.integers(0, 256))
                draw.rectangle([left, top, left + extent[0], top + extent[1]], fill=tone)
        return image

    def _wear(self, image: Image.Image) -> np.ndarray:
        """Blur, coarse pixels, compression, light and noise."""
        random = self.random
        if random.random() < 0.3:
            image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.6)))
        if random.random() < 0.15:
            coarse = random.uniform(0.35, 0.8)
            small = image.resize((int(WIDTH * coarse), int(HEIGHT * coarse)), Image.Resampling.BILINEAR)
            image = small.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
        if random.random() < 0.15:
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=int(random.integers(15, 80)))
            image = Image.open(buffer)
        level = np.arange(256) / 255
        level = level ** math.exp(random.normal(0, 0.3))
        dark = random.random() < 0.15
        gain = random.uniform(0.12, 0.5) if dark else math.exp(random.normal(0, 0.2))
        level = (level - 0.5) * gain + (gain / 2 if dark else 0.5 + random.normal(0, 0.08))
        pixels = np.asarray(image.point(list((level * 255).clip(0, 255)))).astype(np.float32)
        if random.random() < 0.35:
            coarse_noise = random.standard_normal((HEIGHT, WIDTH), np.float32)
            pixels = pixels + coarse_noise * random.uniform(1, 12)
        return pixels.clip(0, 255).astype(np.uint8)


def _area(face: np.ndarray) -> float:
    return float(max(1.0, (face[2] - face[0]) * (face[3] - face[1])))


def _warp_smooth(pixels: np.ndarray, matrix: np.ndarray, fill: int = 0) -> Image.Image:
    """Warps into the frame; halves the source first where it shrinks, against aliasing."""
    image = Image.fromarray(pixels)
    shrink = int(1 / math.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if shrink >= 2:
        image = image.reduce(shrink)
        matrix = np.concatenate([matrix[:, :2] * shrink, matrix[:, 2:]], 1)
    return warp(image, matrix, (WIDTH, HEIGHT), fill)


def _hides(outline: np.ndarray, boxes: np.ndarray) -> bool:
    """Whether `outline` covers over a tenth of any of `boxes`."""
    if not len(boxes):
        return False
    low, high = np.maximum(outline[:2], boxes[:, :2]), np.minimum(outline[2:], boxes[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), 1)
    return bool(np.any(shared > 0.1 * np.prod(boxes[:, 2:] - boxes[:, :2], 1)))


def _likeness(worn: np.ndarray, clean: np.ndarray, face: np.ndarray) -> float:
    """Pearson's correlation of the pixels of a face in two frames; 0 where either is of one tone."""
    left, top = np.floor(face[:2].clip(0)).astype(int)
    right, bottom = np.ceil(face[2:4]).astype(int)
    parts = [frame[top:bottom, left:right].ravel().astype(np.float32) for frame in (worn, clean)]
    if not parts[0].size or min(part.std() for part in parts) < 1:
        return 0.0
    return float(np.corrcoef(*parts)[0, 1])


def _within(faces: np.ndarray, ignored: np.ndarray):
    """Keeps the faces whose centre is in the frame and that are not tiny; ignores the others."""
    side = np.sqrt(np.prod(faces[:, 2:4] - faces[:, :2], 1))
    centre = (faces[:, :2] + faces[:, 2:4]) / 2
    kept = (side >= SMALLEST) & np.all((centre > 0) & (centre < [WIDTH, HEIGHT]), 1)
    return faces[kept], np.concatenate([ignored, faces[~kept, :4]])
