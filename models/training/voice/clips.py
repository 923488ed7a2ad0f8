"""Speech and noise clips, decoded once to 16 kHz and kept in the cache."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from scipy.signal import resample_poly

from common.cli import cache_folder

RATE = 16000


@dataclass
class Clips:
    """`table` is the data's index.csv; clip i is `samples[starts[i] : starts[i + 1]]`, f32 in -1..1."""

    table: pd.DataFrame
    samples: np.ndarray
    starts: np.ndarray

    def clip(self, row: int) -> np.ndarray:
        return self.samples[self.starts[row] : self.starts[row + 1]].astype(np.float32) / 32768

    def piece(self, row: int, length: int, random: np.random.Generator) -> np.ndarray:
        """`length` samples of clip `row` from anywhere in it; a shorter clip is repeated."""
        start, end = int(self.starts[row]), int(self.starts[row + 1])
        if end - start < length:
            return np.pad(self.clip(row), (0, length - (end - start)), mode="wrap")
        first = int(random.integers(start, end - length + 1))
        return self.samples[first : first + length].astype(np.float32) / 32768


def load(data: Path) -> Clips:
    """All clips; the samples stay on disk, mapped as 16-bit integers."""
    table = pd.read_csv(data / "voice" / "index.csv")
    samples, starts = cache_folder() / "voice_samples.npy", cache_folder() / "voice_starts.npy"
    if not starts.exists():
        decoded = [_decode(data / "voice" / file) for file in table["file"]]
        np.save(samples, np.concatenate(decoded))
        np.save(starts, np.cumsum([0, *map(len, decoded)]))
    return Clips(table, np.load(samples, mmap_mode="r"), np.load(starts))


def _decode(path: Path) -> np.ndarray:
    values, rate = soundfile.read(path, dtype="float32")
    if rate != RATE:
        values = resample_poly(values, RATE, rate)
    return (values * 32767).clip(-32768, 32767).astype(np.int16)
