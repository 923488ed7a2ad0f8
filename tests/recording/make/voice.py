"""Synthesized speech: slow, low and soft with pauses, or fast, high and loud with hardly any."""

import io
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

RATE = 16_000


@dataclass
class Manner:
    """How somebody speaks. `words_per_minute` and `pitch` (0..99) as espeak-ng takes them; `pause` in seconds."""

    words_per_minute: int
    pitch: int
    level_dbfs: float
    pause: tuple[float, float]
    sentences: list[str]


def speech(manners: list[tuple[float, Manner]], rng: np.random.Generator) -> np.ndarray:
    """Mono samples: each manner for its seconds, over the faint noise of a room."""
    parts = [_part(seconds, manner, rng) for seconds, manner in manners]
    samples = np.concatenate(parts)
    return samples + _room(len(samples), rng)


def write_ogg(path: Path, samples: np.ndarray) -> None:
    """Vorbis by ffmpeg, the same bytes each time."""
    pcm = (samples.clip(-1, 1) * 32767).astype("<i2").tobytes()
    command = ["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-"]
    command += ["-c:a", "libvorbis", "-q:a", "2", "-fflags", "+bitexact", "-flags", "+bitexact", str(path)]
    subprocess.run(command, input=pcm, check=True)


def _part(seconds: float, manner: Manner, rng: np.random.Generator) -> np.ndarray:
    out, at, number = np.zeros(round(seconds * RATE)), rng.uniform(*manner.pause), 0
    while True:
        sentence = _spoken(manner.sentences[number % len(manner.sentences)], manner)
        first = round(at * RATE)
        if first + len(sentence) > len(out):
            return out
        out[first : first + len(sentence)] = sentence
        at = (first + len(sentence)) / RATE + rng.uniform(*manner.pause)
        number += 1


def _spoken(text: str, manner: Manner) -> np.ndarray:
    """One sentence at the manner's level, as root mean square."""
    command = ["espeak-ng", "-v", "en-us", "-s", str(manner.words_per_minute), "-p", str(manner.pitch), "--stdout", text]
    sound = subprocess.run(command, check=True, capture_output=True).stdout
    resample = ["ffmpeg", "-v", "error", "-i", "-", "-ar", str(RATE), "-ac", "1", "-f", "wav", "-"]
    sound = subprocess.run(resample, input=sound, check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(sound)) as file:
        samples = np.frombuffer(file.readframes(1 << 30), "<i2") / 32768
    voiced = np.flatnonzero(abs(samples) > 0.01)
    samples = samples[voiced[0] : voiced[-1] + 1]
    return samples * (10 ** (manner.level_dbfs / 20) / np.sqrt((samples**2).mean()))


def _room(count: int, rng: np.random.Generator) -> np.ndarray:
    white = rng.normal(0, 1, count + 7)
    return 10 ** (-66 / 20) * np.convolve(white, np.ones(8) / np.sqrt(8), "valid")
