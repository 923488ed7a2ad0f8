"""Arithmetic on boxes x1, y1, x2, y2 in pixels."""

import numpy as np


def overlap(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Intersection over union of every box in `left` [n, 4] with every one in `right` [m, 4]."""
    low = np.maximum(left[:, None, :2], right[None, :, :2])
    high = np.minimum(left[:, None, 2:], right[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), 2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], 1) for boxes in (left, right)]
    return shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9)


def suppress(rows: np.ndarray, threshold: float, iou: float) -> np.ndarray:
    """Greedy non-maximum suppression of rows [n, 15] (score, box, points), best first."""
    rows = rows[rows[:, 0] >= threshold]
    rows = rows[np.argsort(-rows[:, 0], kind="stable")]
    kept = []
    while len(rows):
        kept.append(rows[0])
        rows = rows[1:][overlap(rows[:1, 1:5], rows[1:, 1:5])[0] < iou]
    return np.array(kept, np.float32).reshape(-1, 15)
