"""Random changes of motion windows: how the device is worn, its noise, a missing gyroscope."""

import numpy as np
from scipy.spatial.transform import Rotation


def augment(motion: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """[n, 6, 128] to the same shape."""
    n, _, length = motion.shape
    turned = _turn(motion, random)
    turned *= np.exp(random.normal(0, 0.06, (n, 1, 1)))
    noise = random.standard_normal((n, 6, length)) * np.array([0.01] * 3 + [0.03] * 3)[:, None]
    turned += noise * (random.random((n, 1, 1)) < 0.5)
    turned[random.random(n) < 0.25, 3:] = 0
    return turned.astype(np.float32)


def _turn(motion: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Turns each device about a random axis, acceleration and gyroscope alike: mostly a little, since
    at the waist sitting and standing differ by few degrees."""
    n = len(motion)
    spread = np.where(random.random((n, 1)) < 0.75, 4, 20)
    angle = np.radians(spread * random.standard_normal((n, 3)))
    turns = Rotation.from_rotvec(angle).as_matrix()
    pairs = motion.reshape(n, 2, 3, -1)
    return np.einsum("nij,nkjt->nkit", turns, pairs).reshape(motion.shape)
