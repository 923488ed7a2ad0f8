"""FER2013 pictures with their two labellings, decoded once and kept in the cache."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from common.cli import cache_folder

LABELS = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
SIDE = 48


@dataclass
class Faces:
    """`images` u8 [n, 48, 48]; `votes` f32 [n, 7] in the order of LABELS, each row summing to 1;
    `weights` f32 [n], the share of the ten annotators whose votes are in `votes`;
    `fer2013` i64 [n], -1 where that label could not be recovered for sure."""

    images: np.ndarray
    votes: np.ndarray
    weights: np.ndarray
    fer2013: np.ndarray

    def select(self, rows: np.ndarray) -> "Faces":
        return Faces(self.images[rows], self.votes[rows], self.weights[rows], self.fer2013[rows])

    def majority(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows with a single most-voted class out of the seven, and that class."""
        ties = (self.votes == self.votes.max(1, keepdims=True)).sum(1)
        rows = np.flatnonzero((ties == 1) & (self.weights > 0))
        return rows, self.votes[rows].argmax(1)


def load(data: Path, part: str) -> Faces:
    """`part` is "train" or "valid". Pictures that no annotator put in a class have weight 0."""
    table = pd.read_csv(data / "face" / f"expression_{part}.csv")
    images = _images(data, part, table["file"])
    votes = table[[f"ferplus_{label}" for label in LABELS]].to_numpy(np.float32)
    total = table.filter(like="ferplus_").to_numpy(np.float32).sum(1)
    known = votes.sum(1)
    weights = known / np.maximum(total, 1)
    votes = np.where(known[:, None] > 0, votes / np.maximum(known, 1)[:, None], 1 / len(LABELS))
    fer2013 = table["fer2013_label"].map(LABELS.index).to_numpy(np.int64, copy=True)
    fer2013[table["fer2013_label_conflict"].to_numpy() == 1] = -1
    return Faces(images, votes.astype(np.float32), weights.astype(np.float32), fer2013)


def _images(data: Path, part: str, files) -> np.ndarray:
    cached = cache_folder() / f"expression_{part}.npy"
    if cached.exists():
        return np.load(cached)
    with zipfile.ZipFile(data / "face" / f"expression_{part}.zip") as archive:
        names = {Path(name).name: name for name in archive.namelist()}
        images = np.stack([_decode(archive.read(names[file])) for file in files])
    np.save(cached, images)
    return images


def _decode(encoded: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("L"), np.uint8)
