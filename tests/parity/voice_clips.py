"""The speech that the voice chain is checked on: recordings, and re-synthesised speech whose F0 is known."""

import csv
from pathlib import Path

import numpy as np
import pyworld
import soundfile

RATE, HOP = 16_000, 160
SETS = ("ravdess", "emodb2s", "baved")
# Praat centres its frames in the sound: with this many samples over whole hops they fall on our hops, for windows of
# 40 ms (F0) and of 50 ms (formants). A clip is stored with the longer remainder.
OVER_F0, OVER_FORMANT = 1, HOP - 1
SHORTEST = 0.8  # seconds


def choose(data: Path, per_set: int) -> list[dict]:
    """`per_set` clips of each set: the speakers in turn, each one's clips evenly spread."""
    with open(data / "voice" / "index.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if float(row["seconds"]) > SHORTEST]
    chosen = []
    for name in SETS:
        speakers: dict[str, list[dict]] = {}
        for row in rows:
            if row["set"] == name:
                speakers.setdefault(row["speaker"], []).append(row)
        turns = -(-per_set // len(speakers))
        spread = [[clips[i * len(clips) // turns] for i in range(min(turns, len(clips)))] for clips in speakers.values()]
        order = [clips[i] for i in range(turns) for clips in spread if i < len(clips)]
        for clips in speakers.values():  # sets with few speakers who spoke enough
            order += [clip for clip in clips if clip not in order]
        chosen += order[:per_set]
    return chosen


def load(path: Path) -> np.ndarray:
    """Samples as 16-bit integers hold them, at a peak of 0.99 (openSMILE wraps clipped ones round, and its slopes depend on the
    level), without the constant that the microphone added (we take it off; the tools do not, and see it in the lowest band of
    quiet frames), and of a length that suits Praat's frames."""
    samples, rate = soundfile.read(path, dtype="float64")
    assert rate == RATE, f"{path} is at {rate} Hz"
    return sixteen_bit(samples - offset(samples))


def offset(samples: np.ndarray) -> float:
    """The mean of the quietest fifth of the blocks of 40 ms, as in `offset.rs`."""
    block = RATE // 25
    blocks = samples[: len(samples) // block * block].reshape(-1, block)
    quietest = np.argsort(blocks.var(axis=1))[: -(-len(blocks) // 5)]
    return float(blocks[quietest].mean())


def sixteen_bit(samples: np.ndarray) -> np.ndarray:
    peak = np.abs(samples).max(initial=1e-9)
    samples = samples * (0.99 / peak)
    hops = (len(samples) - OVER_FORMANT) // HOP
    return np.round(samples[: hops * HOP + OVER_FORMANT] * 32768) / 32768


def prepare(data: Path, folder: Path, per_set: int) -> list[dict]:
    """Writes the chosen clips as WAV; each row gains `wav`."""
    chosen = choose(data, per_set)
    folder.mkdir(parents=True, exist_ok=True)
    for row in chosen:
        row["wav"] = str(folder / (Path(row["file"]).stem + ".wav"))
        if not Path(row["wav"]).exists():
            soundfile.write(row["wav"], load(data / "voice" / row["file"]), RATE, "PCM_16")
    return chosen


def resynthesise(row: dict, folder: Path) -> dict:
    """The clip spoken again by WORLD, so that its F0 is known: one value (Hz, 0 where unvoiced) at each hop.

    It is given a voice where Harvest found an F0, D4C took the frame for voiced, it is within 30 dB of the loudest, and all
    that lasts 40 ms."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = Path(row["wav"]).stem
    wav, contour = folder / f"{stem}.wav", folder / f"{stem}.npy"
    if not wav.exists():
        samples, _ = soundfile.read(row["wav"], dtype="float64")
        f0, times = pyworld.harvest(samples, RATE, f0_floor=75.0, f0_ceil=600.0)
        envelope = pyworld.cheaptrick(samples, f0, times, RATE)
        aperiodicity = pyworld.d4c(samples, f0, times, RATE, threshold=0.85)
        power = envelope.sum(axis=1)
        voiced = (f0 > 0) & (aperiodicity[:, 20] < 0.999) & (power > power.max() / 1000)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], voiced.astype(int), [0]])))
        for start, end in zip(edges[::2], edges[1::2]):
            voiced[start:end] &= end - start >= 8  # frames of 5 ms
        f0 = np.where(voiced, f0, 0.0)
        aperiodicity = np.where(voiced[:, None], aperiodicity, 1.0)
        spoken = pyworld.synthesize(f0, envelope, aperiodicity, RATE)[: len(samples)]
        np.save(contour, f0[::2])
        soundfile.write(wav, sixteen_bit(spoken), RATE, "PCM_16")
    return {**row, "wav": str(wav), "f0": np.load(contour)}


def with_noise(row: dict, folder: Path, decibels: float) -> dict:
    """The same with white noise so far under it."""
    folder.mkdir(parents=True, exist_ok=True)
    wav = folder / Path(row["wav"]).name
    if not wav.exists():
        samples, _ = soundfile.read(row["wav"], dtype="float64")
        level = np.sqrt(np.mean(samples**2)) * 10 ** (-decibels / 20)
        noise = np.random.default_rng(len(samples)).standard_normal(len(samples))
        soundfile.write(wav, sixteen_bit(samples + level * noise), RATE, "PCM_16")
    return {**row, "wav": str(wav)}


def made_up() -> np.ndarray:
    """Two seconds that hold no person: pulses of a wavering voice through five resonances, on and off, over faint noise. The
    same numbers as in `golden.rs`."""
    state = 1

    def random() -> float:
        nonlocal state
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        return state / 2**32 - 0.5

    count = 2 * RATE + OVER_FORMANT
    sound = np.zeros(count)
    at = 0.0
    while at < count - 2:
        if 0.2 <= at / RATE % 1.0 < 0.85:
            size, whole = 1.0 + 0.2 * random(), int(at)
            sound[whole] += size * (whole + 1 - at)
            sound[whole + 1] += size * (at - whole)
        at += RATE / (120.0 + 15.0 * at / RATE) * (1.0 + 0.02 * random())
    last = 0.0
    for i in range(count):
        last = sound[i] = 0.97 * last + sound[i]
    for hz, width in ((700.0, 80.0), (1200.0, 90.0), (2600.0, 120.0), (3500.0, 180.0), (4500.0, 250.0)):
        radius = np.exp(-np.pi * width / RATE)
        a1, a2 = 2.0 * radius * np.cos(2.0 * np.pi * hz / RATE), -radius * radius
        y1 = y2 = 0.0
        for i in range(count):
            y1, y2 = sound[i] + a1 * y1 + a2 * y2, y1
            sound[i] = y1
    sound *= 0.5 / np.abs(sound).max()
    noise = np.array([random() for _ in range(count)])
    return np.floor((sound + 0.002 * noise) * 32768 + 0.5) / 32768
