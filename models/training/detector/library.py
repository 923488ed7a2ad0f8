"""The pictures that frames are composed of, with boxes and points, kept in the cache.

Boxes come from people where there are any (masked crowds) and else from the teacher, as do all
points. What the teacher only suspects is ignored: neither face nor background.
"""

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from common.boxes import overlap
from common.cli import cache_folder
from common.splits import held_out, person_of
from detector.teacher import Teacher
from expression import data as expression

SURE, SUSPECTED = 0.75, 0.35
TIGHT_CROPS = 4000


@dataclass
class Picture:
    """`pixels` u8 [h, w]; `faces` f32 [k, 14]: box corners and five points x, y in pixels, points
    NaN where unknown; `ignored` f32 [m, 4]; `kind` names the source; `held_out` as split."""

    pixels: np.ndarray
    faces: np.ndarray
    ignored: np.ndarray
    kind: str
    held_out: bool


def load(data: Path) -> list[Picture]:
    cached = cache_folder() / "detector_library.pickle"
    if cached.exists():
        return pickle.loads(cached.read_bytes())
    teacher = Teacher(data)
    pictures = [*_crowds(data, teacher), *_taught(data, teacher), *_tight(data, teacher), *_empty(data)]
    cached.write_bytes(pickle.dumps(pictures))
    return pictures


def _crowds(data: Path, teacher: Teacher):
    """Pictures with boxes by people; the teacher adds points and the faces they left out."""
    for file, rows in pd.read_csv(data / "face" / "boxes.csv").groupby("file"):
        image = Image.open(data / "face" / "boxes" / file)
        found = teacher.find(image, SUSPECTED)
        boxes = rows[["xmin", "ymin", "xmax", "ymax"]].to_numpy(np.float32)
        faces = np.full((len(boxes), 14), np.nan, np.float32)
        faces[:, :4] = boxes
        shared = overlap(boxes, found[:, 1:5])
        for index in range(len(boxes)):
            if len(found) and shared[index].max() > 0.5:
                faces[index, 4:] = found[shared[index].argmax(), 5:]
        left = found[shared.max(0) < 0.3]
        sure = left[:, 0] >= SURE
        yield Picture(
            np.asarray(image.convert("L")), np.concatenate([faces, left[sure, 1:]]),
            left[~sure, 1:5], "crowd", held_out(file),
        )


def _taught(data: Path, teacher: Teacher):
    """Portraits and crops of speakers, one person each, with the teacher's boxes."""
    for folder in ("portraits", "landmarks"):
        for path in sorted((data / "face" / folder).iterdir()):
            image = Image.open(path)
            found = teacher.find(image, SUSPECTED)
            if not len(found) or found[0, 0] < SURE:
                continue
            sure = found[:, 0] >= SURE
            yield Picture(
                np.asarray(image.convert("L")), found[sure, 1:], found[~sure, 1:5],
                folder, held_out(person_of(path.name)),
            )


def _tight(data: Path, teacher: Teacher):
    """Small cut-out faces without surroundings, from both parts of the expression pictures."""
    for part, count in (("train", TIGHT_CROPS), ("valid", TIGHT_CROPS // 10)):
        images = expression.load(data, part).images
        for row in np.random.default_rng(0).permutation(len(images))[:count]:
            face = teacher.find_in_crop(images[row])
            if face is not None and face[0] >= SURE:
                yield Picture(
                    images[row], face[None, 1:], np.zeros((0, 4), np.float32), "tight", part == "valid"
                )


def _empty(data: Path):
    nothing = np.zeros((0, 14), np.float32), np.zeros((0, 4), np.float32)
    for path in sorted((data / "face" / "negatives").iterdir()):
        pixels = np.asarray(Image.open(path).convert("L"))
        yield Picture(pixels, *nothing, "empty", held_out(path.name))
