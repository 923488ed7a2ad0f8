"""Spectra of acted speech with labels, from three sets in three languages."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from common.cli import cache_folder
from voice import clips
from voice.clips import RATE
from voice.low import LowSpectrum
from voice.mel import LogMel

LABELS = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]
LEVELS = ["low", "neutral", "high"]
SETS = ["ravdess", "emodb2s", "baved"]
# Low and high arousal as the sets' authors or custom have it; labels not named here have no side.
LOW = {"ravdess": {"neutral", "calm", "sad"}, "emodb2s": {"neutral", "boredom", "sad"}, "baved": {"low_tired"}}
HIGH = {"ravdess": {"angry", "fearful", "happy", "surprised"}, "emodb2s": {"angry", "fearful", "happy"},
        "baved": {"high_emotion"}}
LEVEL_OF = {"low_tired": 0, "neutral": 1, "high_emotion": 2}
SECONDS = 3
LENGTH = SECONDS * RATE
WINDOW, HOP, BANDS = 400, 320, 40
LOW_WINDOW, LOW_BINS = 1024, 64
FRAMES = (LENGTH - LOW_WINDOW) // HOP + 1


@dataclass
class Spectra:
    """Log power of 3 s about each clip's middle: `mel` f32 [n, 40, 147], 60 to 7600 Hz, and `low` f32 [n, 64, 147], the
    first 1 kHz in steps of 15.6 Hz; `emotion` i64 [n], -1 where it is none of LABELS; `level` i64 [n], of LEVELS, -1
    none; `arousal` f32 [n], 0 low, 1 high, NaN none; `source`, `speaker` (unique over the sets), `sex`."""

    mel: np.ndarray
    low: np.ndarray
    emotion: np.ndarray
    level: np.ndarray
    arousal: np.ndarray
    source: np.ndarray
    speaker: np.ndarray
    sex: np.ndarray

    def select(self, rows: np.ndarray) -> "Spectra":
        return Spectra(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


class Front(nn.Module):
    """The front end, which the exported network holds too: samples [n, 1, 48000] to both spectra."""

    def __init__(self):
        super().__init__()
        self.mel = LogMel(WINDOW, HOP, BANDS)
        self.low = LowSpectrum(LOW_WINDOW, HOP, LOW_BINS)

    def forward(self, samples: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        # The longer frames begin one hop later, counted by their middles.
        return self.mel(samples)[:, :, 1 : 1 + FRAMES], self.low(samples)


def load(data: Path) -> Spectra:
    loaded = clips.load(data)
    rows = np.flatnonzero(loaded.table["set"].isin(SETS))
    table = loaded.table.iloc[rows]
    cached = cache_folder() / "voice_affect.npz"
    if not cached.exists():
        np.savez(cached, **_spectra(loaded, rows))
    spectra = np.load(cached)
    pairs = list(zip(table["set"], table["label"]))
    return Spectra(
        mel=spectra["mel"], low=spectra["low"],
        emotion=np.array([LABELS.index(label) if label in LABELS and source != "baved" else -1
                          for source, label in pairs]),
        level=np.array([LEVEL_OF[label] if source == "baved" else -1 for source, label in pairs]),
        arousal=np.array([_arousal(*pair) for pair in pairs], np.float32),
        source=table["set"].to_numpy(str),
        speaker=(table["set"] + " " + table["speaker"].astype(str)).to_numpy(str), sex=table["sex"].to_numpy(str),
    )


def _arousal(source: str, label: str) -> float:
    if label in HIGH[source]:
        return 1.0
    return 0.0 if label in LOW[source] else np.nan


def _spectra(loaded: clips.Clips, rows: np.ndarray) -> dict[str, np.ndarray]:
    front = Front()
    with torch.no_grad():
        pairs = [front(torch.from_numpy(middle(loaded.clip(row)))[None, None]) for row in rows]
    return {name: torch.cat(part).numpy() for name, part in zip(("mel", "low"), zip(*pairs))}


def middle(samples: np.ndarray) -> np.ndarray:
    """The middle 3 s; shorter clips stand in the middle of silence."""
    missing = max(0, LENGTH - len(samples))
    padded = np.pad(samples, (missing // 2, missing - missing // 2))
    first = (len(padded) - LENGTH) // 2
    return np.ascontiguousarray(padded[first : first + LENGTH])
