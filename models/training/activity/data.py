"""Windows of motion from three data sets, brought to one rate, one unit and one set of labels."""

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

LABELS = ["lying", "sitting", "standing", "walking", "stairs", "transition"]
RATE, LENGTH = 50, 128
GRAVITY = 9.80665

UCIHAR = {1: "walking", 2: "stairs", 3: "stairs", 4: "sitting", 5: "standing", 6: "lying"}
PHONE_WATCH = {
    "SEATED": "sitting", "WALKING": "walking",
    "STANDING_UP": "transition", "SITTING_DOWN": "transition", "TURNING": "transition",
}
GESTURES = {
    "walk": "walking", "climb_stairs": "stairs", "descend_stairs": "stairs",
    "standup_chair": "transition", "sitdown_chair": "transition",
    "getup_bed": "transition", "liedown_bed": "transition",
}
# ucihar has no people: neighbours in the file are alike, so it is split in blocks with a gap.
BLOCK, GAP = 120, 4


@dataclass
class Windows:
    """`motion` f32 [n, 6, 128]: acceleration x, y, z with gravity (g), turning x, y, z (rad/s), zero
    where there is no gyroscope; `label` i64 [n]; `place` (waist, pocket, wrist), `source` and
    `person` per window; `person` is a block of the file for ucihar."""

    motion: np.ndarray
    label: np.ndarray
    place: np.ndarray
    source: np.ndarray
    person: np.ndarray

    def select(self, rows: np.ndarray) -> "Windows":
        return Windows(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def load(data: Path, step: int = 16) -> Windows:
    """All windows; those of phone_watch begin every `step` samples and are labelled by their centre."""
    parts = [*_ucihar(data), *_phone_watch(data, step), *_gestures(data)]
    columns = [list(column) for column in zip(*parts)]
    return Windows(
        np.stack(columns[0]).astype(np.float32), np.array([LABELS.index(label) for label in columns[1]]),
        *(np.array(column) for column in columns[2:]),
    )


def _ucihar(data: Path):
    table = np.load(data / "motion" / "ucihar.npz")
    names = [f"total_acc_{axis}" for axis in "xyz"] + [f"body_gyro_{axis}" for axis in "xyz"]
    motion = np.stack([table[name] for name in names], 1)
    for index, (window, label) in enumerate(zip(motion, table["y"].astype(int))):
        if GAP <= index % BLOCK < BLOCK - GAP:
            yield window, UCIHAR[label], "waist", "ucihar", f"block_{index // BLOCK}"


def _phone_watch(data: Path, step: int):
    for path in sorted((data / "motion" / "phone_watch").glob("s*_s[pw].csv.gz")):
        table = pd.read_csv(path)
        # Samples arrive in bundles with one time stamp: their order is right, their rate is not.
        seconds = (table["timestamp"].iloc[-1] - table["timestamp"].iloc[0]) / 1000
        time = np.linspace(0, seconds, len(table))
        wanted = np.arange(0, seconds, 1 / RATE)
        columns = [f"{axis}_{kind}" for kind in ("acc", "gyro") for axis in "xyz"]
        motion = np.stack([_resampled(time, table[name].to_numpy(), wanted) for name in columns])
        motion[:3] /= GRAVITY
        labels = table["label"].to_numpy()[np.searchsorted(time, wanted).clip(0, len(table) - 1)]
        place = "pocket" if path.name.endswith("_sp.csv.gz") else "wrist"
        for start in range(0, len(wanted) - LENGTH + 1, step):
            label = PHONE_WATCH[labels[start + LENGTH // 2]]
            yield motion[:, start : start + LENGTH], label, place, "phone_watch", path.name[:3]


def _gestures(data: Path):
    """Accelerometer at the wrist; gestures that tell nothing about posture are left out."""
    with gzip.open(data / "motion" / "wrist_gestures.txt.gz", "rt") as file:
        trials = file.read().split("# ")[1:]
    for trial in trials:
        name, *lines = trial.strip().splitlines()
        gesture, person = re.fullmatch(r"Accelerometer-[\d-]+-(\w+)-(\w+)\.txt", name).groups()
        if gesture not in GESTURES or len(lines) < 2:
            continue
        samples = np.array([line.split() for line in lines], float) / 63 * 3 - 1.5
        time = np.arange(len(samples)) / 32
        wanted = np.arange(0, time[-1], 1 / RATE)
        motion = np.zeros((6, len(wanted)))
        motion[:3] = [np.interp(wanted, time, column) for column in samples.T]
        moving = GESTURES[gesture] != "transition"
        for start in _starts(motion, moving):
            window = motion[:, start : start + LENGTH]
            yield window, GESTURES[gesture], "wrist", "wrist_gestures", person


def _starts(motion: np.ndarray, moving: bool) -> list[int]:
    """Where windows begin: all along a walk, but of a transition only about its liveliest moment."""
    last = motion.shape[1] - LENGTH
    if last < 0:
        return []
    if moving:
        return list(range(0, last + 1, LENGTH // 2))
    lively = np.convolve(np.abs(np.diff(motion[:3], axis=1)).sum(0), np.ones(RATE), "same").argmax()
    return [int(np.clip(lively - LENGTH // 2, 0, last))]


def _resampled(time: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Linear, after a mean over 20 ms against aliasing."""
    width = max(1, round(len(time) / time[-1] / RATE))
    smooth = np.convolve(np.pad(values, width, mode="edge"), np.ones(width) / width, "same")[width:-width]
    return np.interp(wanted, time, smooth)
