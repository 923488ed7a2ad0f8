"""What a minute of a wristband's recording (Empatica E4) tells of heart, motion and skin: one figure for each subject."""

import gzip
from pathlib import Path

import numpy as np

SECONDS = 60
FEWEST_BEATS = 3
# Least spread taken for a deviation, in each level's unit: about the median person's over an hour with three tasks.
LEAST_SPREAD = {
    "beat_rate": 6.0,
    "averaged_rate": 9.0,
    "motion_centroid": 2.0,
    "ln_tremor": 1.3,
    "ln_posture_spread": 1.2,
    "ln_skin": 0.4,
    "skin_slope": 0.2,
    "ln_skin_rises": 1.0,
}


class Recording:
    """The wristband's files of one person, by seconds of the clock."""

    def __init__(self, folder: Path):
        self.beats = _beats(folder / "IBI.csv.gz")
        self.series = {name: _series(folder / f"{name}.csv.gz") for name in ("HR", "ACC", "EDA")}

    def levels(self, start: int) -> dict[str, float]:
        """Values by the names of LEAST_SPREAD for the minute from `start` on; a name is left out where too little is known."""
        rates = {"beat_rate": self._beat_rate(start), "averaged_rate": _mean(self._cut("HR", start))}
        return rates | motion_levels(self._cut("ACC", start) / 64) | skin_levels(self._cut("EDA", start)[:, 0])

    def _cut(self, name: str, start: int) -> np.ndarray:
        origin, rate, values = self.series[name]
        first = round((start - origin) * rate)
        return values[max(first, 0) : max(first + round(SECONDS * rate), 0)]

    def _beat_rate(self, start: int) -> float:
        """Beats a minute by the median interval, which missed beats hardly move."""
        inside = (self.beats[:, 0] >= start) & (self.beats[:, 0] < start + SECONDS)
        return float(60 / np.median(self.beats[inside, 1])) if inside.sum() >= FEWEST_BEATS else np.nan


def motion_levels(acceleration: np.ndarray) -> dict[str, float]:
    """Of `acceleration` [n, 3] in g at 32 Hz.

    motion_centroid: mean frequency (Hz) of the power spectrum over 0.125-16 Hz, axes summed (Welch: 8 s, Hann, half overlap);
    ln_tremor: ln of that spectrum's sum from 8 to 16 Hz; ln_posture_spread: ln of the spread (g) of the mean
    acceleration of each second, which is gravity's direction while the wrist is slow.
    """
    if len(acceleration) < 45 * 32:
        return {}
    pieces = [acceleration[at : at + 256] for at in range(0, len(acceleration) - 255, 128)]
    hann = np.hanning(256)[:, None]
    power = np.mean([(np.abs(np.fft.rfft((p - p.mean(0)) * hann, axis=0)) ** 2).sum(1) for p in pieces], axis=0)[1:]
    frequency = np.fft.rfftfreq(256, 1 / 32)[1:]
    seconds = acceleration[: len(acceleration) // 32 * 32].reshape(-1, 32, 3).mean(1)
    return {
        "motion_centroid": float(power @ frequency / (power.sum() + 1e-9)),
        "ln_tremor": float(np.log(power[(frequency >= 8) & (frequency < 16)].sum() + 1e-4)),
        "ln_posture_spread": float(np.log(np.sqrt(seconds.var(0).sum()) + 0.005)),
    }


def skin_levels(conductance: np.ndarray) -> dict[str, float]:
    """Of `conductance` [n] in microsiemens at 4 Hz.

    ln_skin: ln of the mean, the tonic level; skin_slope: how fast the ln of the conductance rises, per minute;
    ln_skin_rises: ln of the sum of all rises (microsiemens) of its mean over a second: the amplitudes of the skin
    conductance responses (SCR) from trough to peak, without a least amplitude (Boucsein 2012).
    """
    if len(conductance) < 45 * 4:
        return {}
    minutes = np.arange(len(conductance)) / 4 / 60
    steps = np.diff(np.convolve(conductance, np.full(4, 1 / 4), "valid"))
    return {
        "ln_skin": float(np.log(conductance.mean() + 0.05)),
        "skin_slope": float(np.polyfit(minutes, np.log(conductance + 0.05), 1)[0]),
        "ln_skin_rises": float(np.log(steps[steps > 0].sum() + 0.01)),
    }


def _series(path: Path) -> tuple[float, float, np.ndarray]:
    """Start (s), rate (Hz) and values [n, columns]."""
    with gzip.open(path, "rt") as file:
        table = np.loadtxt(file, delimiter=",", ndmin=2)
    return table[0, 0], table[1, 0], table[2:]


def _beats(path: Path) -> np.ndarray:
    """Rows of time of the beat (s) and interval before it (s)."""
    with gzip.open(path, "rt") as file:
        start = float(file.readline().split(",")[0])
        table = np.loadtxt(file, delimiter=",", ndmin=2)
    return table + [start, 0]


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan
