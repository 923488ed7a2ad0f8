"""Similarity transforms between sets of points, and warping by them."""

import numpy as np
from PIL import Image


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Least-squares turn, scale and shift [2, 3] that takes `source` [n, 2] to `target` [n, 2]."""
    x, y = source.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    a, b, dx, dy = np.linalg.lstsq(rows, target.T.ravel(), rcond=None)[0]
    return np.array([[a, -b, dx], [b, a, dy]])


def inverse(matrix: np.ndarray) -> np.ndarray:
    """The transform [2, 3] that undoes `matrix` [2, 3]."""
    turn = np.linalg.inv(matrix[:, :2])
    return np.concatenate([turn, -turn @ matrix[:, 2:]], 1)


def warp(image: Image.Image, matrix: np.ndarray, size: tuple[int, int], fill: int = 0) -> Image.Image:
    """`image` moved by `matrix` (source pixels to target pixels) into a picture of `size`."""
    back = tuple(inverse(matrix).ravel())
    return image.transform(size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR, fillcolor=fill)
