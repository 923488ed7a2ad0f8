"""Half seconds of sound with known speech: speech, noise, and speech in noise."""

from dataclasses import dataclass

import numpy as np

from common.splits import held_out
from voice.clips import RATE, Clips

PARTS, PART = 5, RATE // 10
LENGTH = PARTS * PART
# A part of a clean clip is speech from this far (dB) below the clip's loud parts on.
SPEECH_BELOW_LOUD = 28.0
CLEAN = 60.0


@dataclass
class Sources:
    """Rows of the clips that may be drawn: speech and noise of one side of the split."""

    clips: Clips
    speech: np.ndarray
    noise: np.ndarray


def sources(clips: Clips, scored: bool) -> Sources:
    """Speakers by the split of names; noise by fold 5 of esc10 and by the names of the others."""
    table = clips.table
    speaker = table["speaker"].fillna("").astype(str)
    speech = np.array([kind == "speech" and held_out(who, 5) == scored for kind, who in zip(table["kind"], speaker)])
    fold_five = table["extra"].astype(str).str.contains("fold=5")
    other = np.array([name == "hu_nonspeech" and held_out(file, 5) for name, file in zip(table["set"], table["file"])])
    noise = (table["kind"] == "noise") & ((fold_five | other) == scored)
    return Sources(clips, np.flatnonzero(speech), np.flatnonzero(noise))


class Mixer:
    """Draws samples f32 [8000] and speech [5] (1, 0, or NaN where a part is half and half)."""

    def __init__(self, sources: Sources, seed: int):
        self.sources, self.random = sources, np.random.default_rng(seed)
        table = sources.clips.table
        self.by_set = [sources.speech[table["set"].to_numpy()[sources.speech] == name]
                       for name in sorted(table["set"].iloc[sources.speech].unique())]

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        kind = self.random.random()
        decibels = self.random.uniform(-6, 25) if kind < 0.5 else CLEAN
        return self.example(speech=kind < 0.65, noise=kind < 0.5 or kind >= 0.65, decibels=decibels)

    def example(self, speech: bool, noise: bool, decibels: float) -> tuple[np.ndarray, np.ndarray]:
        """A half second; `decibels` is the level of the speech over that of the noise."""
        samples, truth = np.zeros(LENGTH, np.float32), np.zeros(PARTS, np.float32)
        if speech:
            samples, truth = self._speech()
        if noise:
            sound = self._piece(self.sources.clips.clip(self._pick(self.sources.noise)))
            if speech:
                sound = sound * (_level(samples) / _level(sound) * 10 ** (-decibels / 20))
            samples = samples + sound
        loudness = 10 ** (self.random.uniform(-45, -6) / 20)
        samples = samples * (loudness / max(np.abs(samples).max(), 1e-4))
        hiss = 10 ** (self.random.uniform(-85, -55) / 20)
        return (samples + hiss * self.random.standard_normal(LENGTH)).astype(np.float32), truth

    def _pick(self, rows: np.ndarray) -> int:
        return int(rows[self.random.integers(len(rows))])

    def _speech(self):
        """A piece of a clip, mostly about where it is loud, and which of its parts are speech."""
        rows = self.by_set[self.random.integers(len(self.by_set))]
        clip = self.sources.clips.clip(self._pick(rows))
        frames = clip[: len(clip) // PART * PART].reshape(-1, PART)
        loudness = 10 * np.log10(np.mean(frames**2, 1) + 1e-10)
        distance = np.percentile(loudness, 95) - loudness
        state = np.where(distance < SPEECH_BELOW_LOUD, 1.0, 0.0)
        state[(distance > SPEECH_BELOW_LOUD - 8) & (distance < SPEECH_BELOW_LOUD + 8)] = np.nan
        frames, state = _padded(frames, state)
        first = self.random.integers(0, len(frames) - PARTS + 1)
        return frames[first : first + PARTS].ravel().copy(), state[first : first + PARTS].astype(np.float32)

    def _piece(self, clip: np.ndarray) -> np.ndarray:
        if len(clip) < LENGTH:
            clip = np.pad(clip, (0, LENGTH - len(clip)), mode="wrap")
        first = self.random.integers(0, len(clip) - LENGTH + 1)
        return clip[first : first + LENGTH]


def _padded(frames: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Short clips are followed by silence."""
    missing = max(0, PARTS - len(frames))
    silence = np.zeros((missing, PART), np.float32)
    return np.concatenate([frames, silence]), np.concatenate([state, np.zeros(missing)])


def _level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2)) + 1e-5)
