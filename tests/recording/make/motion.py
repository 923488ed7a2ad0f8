"""A wearable at the wrist of somebody who sits: nearly still, or fidgeting."""

import math

import numpy as np

RATE_HZ = 50
GRAVITY = 9.80665


def rows(seconds: float, agitation, rng: np.random.Generator):
    """(x_acc, y_acc, z_acc in m/s2 with gravity, x_gyro, y_gyro, z_gyro in rad/s, milliseconds from the start)."""
    count = round(seconds * RATE_HZ)
    restless = np.array([agitation(i / RATE_HZ) for i in range(count)])
    fidget = _bursts(count, restless, rng)
    time = np.arange(count) / RATE_HZ
    pitch = np.radians(-18 + 2.0 * np.sin(2 * np.pi * time / 37)) + _smooth(rng.normal(0, 1, count), 100) * 0.01
    roll = np.radians(8 + 1.5 * np.sin(2 * np.pi * time / 53)) + _smooth(rng.normal(0, 1, count), 100) * 0.01
    pitch += np.radians(2.5) * fidget * np.sin(2 * np.pi * 2.6 * time)
    roll += np.radians(2.0) * fidget * np.sin(2 * np.pi * 3.1 * time + 0.7)
    gravity = GRAVITY * np.stack([np.sin(pitch), np.cos(pitch) * np.sin(roll), np.cos(pitch) * np.cos(roll)])
    taps = fidget * np.stack(
        [
            0.5 * np.sin(2 * np.pi * 2.6 * time + 0.3),
            0.4 * np.sin(2 * np.pi * 3.1 * time),
            0.9 * np.abs(np.sin(np.pi * 2.6 * time)) ** 3 - 0.3,
        ]
    )
    acceleration = gravity + taps + rng.normal(0, 0.02, (3, count))
    gyroscope = np.stack([np.gradient(roll), np.gradient(pitch), np.zeros(count)]) * RATE_HZ
    gyroscope += rng.normal(0, 0.004, (3, count))
    for i in range(count):
        yield (*acceleration[:, i].round(4), *gyroscope[:, i].round(4), math.floor(i * 1000 / RATE_HZ))


def _bursts(count: int, restless: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How strongly the hand fidgets: bursts of a second or two, more of them the more restless."""
    strength, start = np.zeros(count), 0
    while start < count:
        length = int(rng.uniform(0.8, 2.2) * RATE_HZ)
        if rng.random() < 0.04 + 0.7 * restless[start]:
            strength[start : start + length] = rng.uniform(0.5, 1.3)
        start += length
    return _smooth(strength, RATE_HZ // 5)


def _smooth(values: np.ndarray, width: int) -> np.ndarray:
    return np.convolve(values, np.hanning(width) / np.hanning(width).sum(), "same")
