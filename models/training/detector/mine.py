"""Finds what the network takes for a face in pictures without any: what to show it more often."""

from dataclasses import dataclass

import numpy as np
import torch

from detector import evaluate
from detector.library import Picture

SUSPICIOUS = 0.25


@dataclass
class Alarms:
    """Places that were taken for a face: `pictures` [k], `boxes` [k, 4] in their pixels, and the
    probability [k] of drawing each, which grows with the score that it got."""

    pictures: list[Picture]
    boxes: np.ndarray
    weights: np.ndarray

    def draw(self, random: np.random.Generator) -> tuple[Picture, np.ndarray]:
        row = random.choice(len(self.weights), p=self.weights)
        return self.pictures[row], self.boxes[row]


def mine(network: torch.nn.Module, pictures: list[Picture]) -> Alarms | None:
    """False alarms in those of `pictures` that may be trained on and show nobody; None without any."""
    network.eval()
    empty = [p for p in pictures if p.kind == "empty" and not p.held_out]
    found = evaluate.detect(network, [evaluate.fit(p) for p in empty], SUSPICIOUS)
    rows = [(picture, row) for picture, own in zip(empty, found) for row in own]
    if not rows:
        return None
    boxes = np.array([row[1:5] / evaluate.fit_scale(picture) for picture, row in rows], np.float32)
    scores = np.array([row[0] for _, row in rows], np.float64)
    return Alarms([picture for picture, _ in rows], boxes, scores / scores.sum())
