"""Beat-to-beat intervals with respiratory sinus arrhythmia."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass
class Rhythm:
    """What a heart does for a while."""

    rate_per_minute: float
    rmssd_ms: float
    breaths_per_minute: float


RAMP_SECONDS = 6.0


def intervals(calm: Rhythm, tense: Rhythm, change: float, seconds: float, rng: np.random.Generator) -> list[tuple]:
    """Rows of (milliseconds from the start at which the beat came, RR interval in milliseconds)."""
    rows, t, phase = [], 0.0, 0.0
    while True:
        share = min(max((t - change) / RAMP_SECONDS + 0.5, 0.0), 1.0)
        mean = 60_000 / _mix(calm.rate_per_minute, tense.rate_per_minute, share)
        rmssd = _mix(calm.rmssd_ms, tense.rmssd_ms, share)
        breathing = _mix(calm.breaths_per_minute, tense.breaths_per_minute, share) / 60
        phase += 2 * math.pi * breathing * mean / 1000
        rr = mean + _amplitude(rmssd, breathing * mean / 1000) * math.sin(phase) + rng.normal(0, 0.4 * rmssd / math.sqrt(2))
        t += rr / 1000
        if t >= seconds:
            return rows
        rows.append((round(t * 1000), round(rr)))


def _mix(calm: float, tense: float, share: float) -> float:
    return calm + (tense - calm) * share


def _amplitude(rmssd: float, cycles_per_beat: float) -> float:
    """Of a sine whose successive differences, with the noise added above, have this root mean square.

    A sine of amplitude A sampled once a beat has RMSSD = A sqrt(2) |sin(pi f)|; independent noise of standard
    deviation s adds 2 s^2 to its square.
    """
    periodic = math.sqrt(rmssd**2 - (0.4 * rmssd) ** 2)
    return periodic / (math.sqrt(2) * abs(math.sin(math.pi * cycles_per_beat)))
