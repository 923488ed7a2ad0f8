"""Batches of face crops: moved, relit, and half of them with eyes put in from the close-ups.

The crops do not say whether eyes are open, and the close-ups show nothing but one eye. Laid softly
over a face's own eyes, matched in brightness, a close-up makes a face with eyes of known state.
"""

import math

import numpy as np
import torch
from PIL import Image

from common.align import inverse
from landmarks.data import (
    CROP_SCALE,
    LEFT_EYE,
    MIRRORED,
    RIGHT_EYE,
    SIDE,
    STORED_SCALE,
    STORED_SIDE,
    Crops,
    Eyes,
)

# Width of a close-up over the distance of the eye's corners: the close-ups show skin around it.
EYE_SPREAD = 1.75


class Composer:
    """Draws batches of images f32 [n, 1, 64, 64] in -1..1, points [n, 136], eyes [n, 2] (NaN: unknown)."""

    def __init__(self, crops: Crops, eyes: Eyes, seed: int, still: bool = False, eye_share: float = 0.6):
        self.crops, self.eyes, self.still, self.eye_share = crops, eyes, still, eye_share
        self.random = np.random.default_rng(seed)
        self.by_state = [np.flatnonzero(eyes.open == state) for state in (False, True)]

    def batch(self, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        images, points, eyes = zip(*(self._face(row) for row in rows))
        pixels = torch.from_numpy(np.stack(images))[:, None]
        return pixels, torch.from_numpy(np.stack(points)), torch.from_numpy(np.stack(eyes))

    def _face(self, row: int):
        picture, points = self.crops.images[row], self.crops.points[row]
        state = np.full(2, np.nan, np.float32)
        if self.random.random() < self.eye_share:
            picture, state = self._put_eyes(picture, points)
        matrix = self._movement()
        size = (SIDE, SIDE)
        moved = Image.fromarray(picture).transform(
            size, Image.Transform.AFFINE, tuple(inverse(matrix).ravel()), Image.Resampling.BILINEAR
        )
        points = points @ matrix[:, :2].T + matrix[:, 2]
        pixels = np.asarray(moved, np.float32) / 127.5 - 1
        if not self.still:
            pixels = self._light(pixels)
            if self.random.random() < 0.5:
                pixels, state = pixels[:, ::-1], state[::-1]
                points = (points * [-1, 1] + [SIDE, 0])[MIRRORED]
        return np.ascontiguousarray(pixels), (points / SIDE).astype(np.float32).ravel(), state.copy()

    def _movement(self) -> np.ndarray:
        """From stored pixels to the network's, about the middle."""
        scale = SIDE / (STORED_SIDE * CROP_SCALE / STORED_SCALE)
        turn, shift = 0.0, np.zeros(2)
        if not self.still:
            scale *= math.exp(self.random.normal(0, 0.08))
            turn = math.radians(self.random.normal(0, 12))
            shift = self.random.normal(0, 0.035, 2) * SIDE
        matrix = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        offset = SIDE / 2 + shift - matrix @ np.full(2, STORED_SIDE / 2)
        return np.concatenate([matrix, offset[:, None]], 1)

    def _light(self, pixels: np.ndarray) -> np.ndarray:
        mean = pixels.mean()
        pixels = (pixels - mean) * math.exp(self.random.normal(0, 0.25)) + mean + self.random.normal(0, 0.15)
        if self.random.random() < 0.3:
            pixels = pixels + self.random.standard_normal(pixels.shape) * self.random.uniform(0, 0.08)
        return pixels.clip(-1, 1).astype(np.float32)

    def _put_eyes(self, picture: np.ndarray, points: np.ndarray):
        """Both eyes in one state, now and then in two; which close-up shows which side is unknown."""
        first = int(self.random.random() < 0.5)
        states = [first, first if self.random.random() < 0.85 else 1 - first]
        result = picture.astype(np.float32)
        for state, corners in zip(states, (points[RIGHT_EYE], points[LEFT_EYE])):
            close_up = self.eyes.images[self.random.choice(self.by_state[state])]
            if self.random.random() < 0.5:
                close_up = close_up[:, ::-1]
            if not _lay_over(result, close_up, corners):
                return picture, np.full(2, np.nan, np.float32)
        return result.clip(0, 255).astype(np.uint8), np.array(states, np.float32)


def _lay_over(picture: np.ndarray, close_up: np.ndarray, eye: np.ndarray) -> bool:
    """Blends a close-up over the eye whose six points are given, level and contrast matched.

    False where the eye lies too near the picture's edge.
    """
    width = max(4, round(float(np.linalg.norm(eye[3] - eye[0])) * EYE_SPREAD))
    left, top = (eye.mean(0) - width / 2).round().astype(int)
    if left < 0 or top < 0 or left + width > picture.shape[1] or top + width > picture.shape[0]:
        return False
    place = picture[top : top + width, left : left + width]
    small = Image.fromarray(np.ascontiguousarray(close_up)).resize((width, width), Image.Resampling.BOX)
    patch = np.asarray(small, np.float32)
    contrast = np.clip((place.std() + 4) / (patch.std() + 4), 0.5, 1.5)
    patch = (patch - patch.mean()) * contrast + place.mean()
    y, x = np.mgrid[0:width, 0:width] / (width - 1) * 2 - 1
    blend = np.clip(1.6 * (1 - np.hypot(x, y)), 0, 1)
    place += (patch - place) * blend
    return True
