"""Turning, scaling and moving pictures with their faces."""

import math

import numpy as np

MIRRORED_POINTS = [1, 0, 2, 4, 3]


def movement(angle: float, scale: float, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Transform [2, 3] that turns by `angle` degrees, scales, and takes point `source` to `target`."""
    turn = math.radians(angle)
    matrix = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return np.concatenate([matrix, (target - matrix @ source)[:, None]], 1)


def move_boxes(boxes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Boxes [k, 4] moved by their centres and scaled: a turned face keeps an upright box."""
    scale = math.sqrt(abs(np.linalg.det(matrix[:, :2])))
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * scale
    return np.concatenate([centre - half, centre + half], 1).astype(np.float32)


def move_faces(faces: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Faces [k, 14] moved: boxes by `move_boxes`, points exactly."""
    points = faces[:, 4:].reshape(-1, 5, 2) @ matrix[:, :2].T + matrix[:, 2]
    return np.concatenate([move_boxes(faces[:, :4], matrix), points.reshape(-1, 10)], 1).astype(np.float32)


def mirror_boxes(boxes: np.ndarray, width: int) -> np.ndarray:
    """Boxes [k, 4] as seen in a mirrored picture `width` pixels wide."""
    return np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1)


def mirror_faces(faces: np.ndarray, width: int) -> np.ndarray:
    """Faces [k, 14] as seen in a mirrored picture: left points change places with right ones."""
    points = faces[:, 4:].reshape(-1, 5, 2)[:, MIRRORED_POINTS] * [-1, 1] + [width, 0]
    return np.concatenate([mirror_boxes(faces[:, :4], width), points.reshape(-1, 10)], 1).astype(np.float32)
