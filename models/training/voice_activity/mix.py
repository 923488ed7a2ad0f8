"""Seconds of sound with known speech: speech, noise, and speech in noise."""

from dataclasses import dataclass

import numpy as np

from scipy.signal import lfilter

from common.splits import held_out
from voice.clips import RATE, Clips

PARTS, PART = 10, RATE // 10
LENGTH = PARTS * PART
# A part of a clean clip is speech where its level lies above this share of the way (in dB) from the
# clip's quietest parts to its loudest; a clip whose levels span less than LEAST_SPAN has no pause.
SHARE, LEAST_SPAN, DEEPEST = 0.4, 14.0, 45.0
# Parts this near (dB) to the border are neither.
DOUBT = 4.0
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
    """Draws samples f32 [16000] and speech [10] (1, 0, or NaN where a part is half and half).

    With `varied`, as for training, sounds are also filtered, laid over each other and made up.
    """

    def __init__(self, sources: Sources, seed: int, varied: bool = False):
        self.sources, self.random, self.varied = sources, np.random.default_rng(seed), varied
        self.states: dict[int, np.ndarray] = {}
        table = sources.clips.table
        self.by_set = [sources.speech[table["set"].to_numpy()[sources.speech] == name]
                       for name in sorted(table["set"].iloc[sources.speech].unique())]

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        kind = self.random.random()
        decibels = self.random.uniform(-6, 25) if kind < 0.5 else CLEAN
        return self.example(speech=kind < 0.65, noise=kind < 0.5 or kind >= 0.65, decibels=decibels)

    def example(self, speech: bool, noise: bool, decibels: float) -> tuple[np.ndarray, np.ndarray]:
        """One second; `decibels` is the level of the speech over that of the noise."""
        samples, truth = np.zeros(LENGTH, np.float32), np.zeros(PARTS, np.float32)
        if speech:
            samples, truth = self._speech()
        if noise:
            sound = self._noise()
            if speech:
                sound = sound * (level(samples) / level(sound) * 10 ** (-decibels / 20))
            samples = samples + sound
        loudness = 10 ** (self.random.uniform(-45, -6) / 20)
        samples = samples * (loudness / max(np.abs(samples).max(), 1e-4))
        hiss = 10 ** (self.random.uniform(-85, -55) / 20)
        return (samples + hiss * self.random.standard_normal(LENGTH)).astype(np.float32), truth

    def _pick(self, rows: np.ndarray) -> int:
        return int(rows[self.random.integers(len(rows))])

    def _speech(self):
        """A piece of a clip with some silence about it, and which of its parts are speech."""
        rows = self.by_set[self.random.integers(len(self.by_set))]
        row = self._pick(rows)
        clip = self.sources.clips.clip(row)
        frames = clip[: len(clip) // PART * PART].reshape(-1, PART)
        if row not in self.states:
            self.states[row] = speech_parts(frames)
        state = self.states[row]
        before = int(self.random.integers(0, 4))
        after = max(0, PARTS - before - len(frames)) + int(self.random.integers(0, 4))
        frames = np.pad(frames, ((before, after), (0, 0)))
        state = np.pad(state, (before, after))
        first = self.random.integers(0, len(frames) - PARTS + 1)
        samples = frames[first : first + PARTS].ravel().copy()
        return self._coloured(samples), state[first : first + PARTS].astype(np.float32)

    def _noise(self) -> np.ndarray:
        if self.varied and self.random.random() < 0.12:
            return self._made_up()
        sound = self._coloured(self._piece())
        if self.varied and self.random.random() < 0.3:
            other = self._piece()
            sound = sound + other * (level(sound) / level(other) * 10 ** (self.random.uniform(-12, 6) / 20))
        return sound

    def _made_up(self) -> np.ndarray:
        """Noise of some colour, or steady tones."""
        time = np.arange(LENGTH) / RATE
        if self.random.random() < 0.5:
            return self._coloured(self.random.standard_normal(LENGTH).astype(np.float32))
        lowest = np.exp(self.random.uniform(np.log(60), np.log(1500)))
        sound = sum(
            self.random.random() * np.sin(2 * np.pi * lowest * k * time + self.random.uniform(0, 6))
            for k in range(1, 1 + int(self.random.integers(1, 8))) if lowest * k < RATE / 2
        )
        return np.asarray(sound, np.float32)

    def _coloured(self, samples: np.ndarray) -> np.ndarray:
        """Through a filter of first order that stresses low or high tones, as microphones do."""
        if not self.varied or self.random.random() < 0.4:
            return samples
        pole = self.random.uniform(-0.5, 0.7)
        return lfilter([1 - abs(pole)], [1, -pole], samples).astype(np.float32)

    def _piece(self) -> np.ndarray:
        return self.sources.clips.piece(self._pick(self.sources.noise), LENGTH, self.random)


def speech_parts(frames: np.ndarray) -> np.ndarray:
    """Which parts [n, 1600] of a clean clip are speech: 1, 0, or NaN where that is in doubt."""
    loudness = 10 * np.log10(np.mean(frames**2, 1) + 1e-10)
    loud = np.percentile(loudness, 95)
    quiet = max(np.percentile(loudness, 5), loud - DEEPEST)
    if loud - quiet < LEAST_SPAN:
        return np.ones(len(frames))
    above = loudness - (quiet + SHARE * (loud - quiet))
    return np.where(np.abs(above) < DOUBT, np.nan, (above > 0).astype(float))


def level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2)) + 1e-5)
