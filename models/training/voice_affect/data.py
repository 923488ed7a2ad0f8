"""Spectra of acted speech with labels, from three sets in three languages."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from common.cli import cache_folder
from voice import clips
from voice.clips import RATE
from voice.mel import LogMel

LABELS = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]
SETS = ["ravdess", "emodb2s", "baved"]
# Low and high arousal as the sets' authors or custom have it; labels not named here have no side.
LOW = {"ravdess": {"neutral", "calm", "sad"}, "emodb2s": {"neutral", "boredom", "sad"}, "baved": {"low_tired"}}
HIGH = {"ravdess": {"angry", "fearful", "happy", "surprised"}, "emodb2s": {"angry", "fearful", "happy"},
        "baved": {"high_emotion"}}
SECONDS = 3
LENGTH = SECONDS * RATE
WINDOW, HOP, BANDS = 400, 320, 40


@dataclass
class Spectra:
    """`mel` f32 [n, 40, 149]: log power of 3 s about each clip's middle; `emotion` i64 [n], -1 where
    it is none of LABELS; `arousal` f32 [n], 0 low, 1 high, NaN none; `source`, `speaker`, `sex`."""

    mel: np.ndarray
    emotion: np.ndarray
    arousal: np.ndarray
    source: np.ndarray
    speaker: np.ndarray
    sex: np.ndarray

    def select(self, rows: np.ndarray) -> "Spectra":
        return Spectra(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def front() -> LogMel:
    """The front end, which the exported network holds too."""
    return LogMel(WINDOW, HOP, BANDS)


def load(data: Path) -> Spectra:
    loaded = clips.load(data)
    rows = np.flatnonzero(loaded.table["set"].isin(SETS))
    table = loaded.table.iloc[rows]
    cached = cache_folder() / "voice_affect.npy"
    if not cached.exists():
        np.save(cached, _spectra(loaded, rows))
    pairs = list(zip(table["set"], table["label"]))
    return Spectra(
        mel=np.load(cached),
        emotion=np.array([LABELS.index(label) if label in LABELS and source != "baved" else -1
                          for source, label in pairs]),
        arousal=np.array([_arousal(*pair) for pair in pairs], np.float32),
        source=table["set"].to_numpy(str), speaker=table["speaker"].to_numpy(str), sex=table["sex"].to_numpy(str),
    )


def _arousal(source: str, label: str) -> float:
    if label in HIGH[source]:
        return 1.0
    return 0.0 if label in LOW[source] else np.nan


def _spectra(loaded: clips.Clips, rows: np.ndarray) -> np.ndarray:
    mel = front()
    result = []
    with torch.no_grad():
        for row in rows:
            samples = torch.from_numpy(middle(loaded.clip(row)))
            result.append(mel(samples[None, None])[0].numpy())
    return np.stack(result)


def middle(samples: np.ndarray) -> np.ndarray:
    """The middle 3 s; shorter clips stand in the middle of silence."""
    missing = max(0, LENGTH - len(samples))
    padded = np.pad(samples, (missing // 2, missing - missing // 2))
    first = (len(padded) - LENGTH) // 2
    return np.ascontiguousarray(padded[first : first + LENGTH])
