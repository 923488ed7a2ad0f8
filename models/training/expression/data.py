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
    `weights` f32 [n], the share of all votes that went to one of LABELS; `rival` f32 [n], the share
    that went to the most-voted of the rest (contempt, unknown, no face);
    `fer2013` i64 [n], -1 where that label could not be recovered for sure."""

    images: np.ndarray
    votes: np.ndarray
    weights: np.ndarray
    rival: np.ndarray
    fer2013: np.ndarray

    def select(self, rows: np.ndarray) -> "Faces":
        return Faces(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def majority(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows whose single most-voted class out of all ten is one of the seven, and that class."""
        best = self.votes.max(1)
        single = (self.votes == best[:, None]).sum(1) == 1
        rows = np.flatnonzero(single & (best * self.weights > self.rival + 1e-6))
        return rows, self.votes[rows].argmax(1)


def load(data: Path, part: str) -> Faces:
    """`part` is "train" or "valid". Pictures that no annotator put in a class have weight 0."""
    table = pd.read_csv(data / "face" / f"expression_{part}.csv")
    images = _images(data, part, table["file"])
    votes = table[[f"ferplus_{label}" for label in LABELS]].to_numpy(np.float32)
    rest = table[["ferplus_contempt", "ferplus_unknown", "ferplus_NF"]].to_numpy(np.float32)
    known = votes.sum(1)
    total = np.maximum(known + rest.sum(1), 1)
    votes = np.where(known[:, None] > 0, votes / np.maximum(known, 1)[:, None], 1 / len(LABELS))
    fer2013 = table["fer2013_label"].map(LABELS.index).to_numpy(np.int64, copy=True)
    fer2013[table["fer2013_label_conflict"].to_numpy() == 1] = -1
    return Faces(images, votes.astype(np.float32), known / total, rest.max(1) / total, fer2013)


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
