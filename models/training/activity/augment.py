"""Random changes of motion windows: how the device is worn, its noise, a missing gyroscope."""

import numpy as np
from scipy.spatial.transform import Rotation


def augment(motion: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """f32 [n, 6, 128] to the same shape."""
    n, _, length = motion.shape
    turned = _turn(motion, random)
    turned *= np.exp(random.normal(0, 0.06, (n, 1, 1))).astype(np.float32)
    # Of a third, by 0.5 to 10 mg and three times as many mrad/s: sensors are that unlike at rest.
    level = 10 ** random.uniform(-3.3, -2, (n, 1, 1)) * (random.random((n, 1, 1)) < 0.35)
    level = (level * np.array([1] * 3 + [3] * 3)[:, None]).astype(np.float32)
    turned += random.standard_normal((n, 6, length), np.float32) * level
    turned[random.random(n) < 0.25, 3:] = 0
    return turned


def _turn(motion: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Turns each device about a random axis, acceleration and gyroscope alike: mostly a little, since
    at the waist sitting and standing differ by few degrees."""
    n = len(motion)
    spread = np.where(random.random((n, 1)) < 0.75, 4, 20)
    angle = np.radians(spread * random.standard_normal((n, 3)))
    turns = Rotation.from_rotvec(angle).as_matrix().astype(np.float32)
    pairs = motion.reshape(n, 2, 3, -1)
    return np.matmul(turns[:, None], pairs).reshape(motion.shape)
