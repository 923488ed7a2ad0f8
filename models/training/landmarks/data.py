"""Face crops with 68 points, and close-ups of eyes, open and closed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from common.align import warp
from common.boxes import overlap
from common.cli import cache_folder
from common.splits import held_out
from detector.teacher import Teacher

# Crops are kept this large about the detector's box, so that training can move within them.
STORED_SIDE, STORED_SCALE = 112, 2.0
# What the network sees: the square about the box's centre, its side over the larger box side.
SIDE, CROP_SCALE = 64, 1.15
RIGHT_EYE, LEFT_EYE = slice(36, 42), slice(42, 48)
# Where each point comes to lie when the picture is mirrored.
MIRRORED = np.array([
    *range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31,
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
])


@dataclass
class Crops:
    """`images` u8 [n, 112, 112], `points` f32 [n, 68, 2] in stored pixels, `person`, `held_out`."""

    images: np.ndarray
    points: np.ndarray
    person: np.ndarray
    held_out: np.ndarray

    def select(self, rows: np.ndarray) -> "Crops":
        return Crops(self.images[rows], self.points[rows], self.person[rows], self.held_out[rows])


@dataclass
class Eyes:
    """`images` u8 [n, 64, 64], `open` bool [n]."""

    images: np.ndarray
    open: np.ndarray


def load_crops(data: Path) -> Crops:
    """Crops about the teacher's boxes; pictures in which it finds no face are left out."""
    cached = cache_folder() / "landmarks.npz"
    if not cached.exists():
        np.savez(cached, **_crops(data))
    return Crops(**np.load(cached))


def _crops(data: Path) -> dict[str, np.ndarray]:
    teacher = Teacher(data)
    columns = {"images": [], "points": [], "person": []}
    for row in pd.read_csv(data / "face" / "landmarks.csv.gz").itertuples(index=False):
        points = np.array(row[2:], np.float64).reshape(68, 2)
        image = Image.open(data / "face" / "landmarks" / row.file)
        found = teacher.find(image)
        extent = np.array([[*points.min(0), *points.max(0)]])
        if not len(found) or overlap(extent, found[:, 1:5]).max() < 0.3:
            continue
        box = found[overlap(extent, found[:, 1:5])[0].argmax(), 1:5]
        scale = STORED_SIDE / (STORED_SCALE * max(box[2:] - box[:2]))
        shift = STORED_SIDE / 2 - scale * (box[:2] + box[2:]) / 2
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        moved = warp(image.convert("L"), matrix, (STORED_SIDE, STORED_SIDE))
        columns["images"].append(np.asarray(moved))
        columns["points"].append((points * scale + shift).astype(np.float32))
        columns["person"].append(row.person)
    arrays = {name: np.array(column) for name, column in columns.items()}
    arrays["held_out"] = np.array([held_out(person) for person in arrays["person"]])
    return arrays


def load_eyes(data: Path) -> tuple[Eyes, Eyes]:
    """Eyes to train on and to score. They name no people: the last fifth of each class, in the
    file's order, stands for people not seen, with a gap before it."""
    table = np.load(data / "face" / "eyes.npz")
    images, is_open = table["images"], table["open"].astype(bool)
    train, test = [], []
    for value in (False, True):
        rows = np.flatnonzero(is_open == value)
        cut = int(len(rows) * 0.8)
        train.append(rows[: cut - 10])
        test.append(rows[cut:])
    parts = (np.concatenate(part) for part in (train, test))
    return tuple(Eyes(images[rows], is_open[rows]) for rows in parts)
