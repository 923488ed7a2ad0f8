"""Which cell answers for which face, and what its answer costs."""

import numpy as np
import torch
from torch.nn import functional

# Side of the faces (pixels) that each stride answers for; they overlap.
RANGES = {8: (0.0, 44.0), 16: (30.0, 100.0), 32: (72.0, 1e9)}
SCORE_POWER = 2.0


class Assignment:
    """For each cell the face it answers for (-1: none) and whether its score counts."""

    def __init__(self, centres: torch.Tensor, strides: torch.Tensor):
        self.centres, self.strides = centres.numpy(), strides.numpy()
        limits = np.array([RANGES[int(s)] for s in self.strides])
        self.low, self.high = limits[:, :1], limits[:, 1:]

    def __call__(self, faces: np.ndarray, ignored: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        counts = np.ones(len(self.centres), bool)
        for x1, y1, x2, y2 in ignored:
            x, y = self.centres.T
            counts &= ~((x > x1) & (x < x2) & (y > y1) & (y < y2))
        answers = np.full(len(self.centres), -1)
        if not len(faces):
            return answers, counts
        side = np.sqrt(np.prod(faces[:, 2:4] - faces[:, :2], 1))[None]
        middle = (faces[:, :2] + faces[:, 2:4]) / 2
        distance = np.abs(self.centres[:, None] - middle[None]).max(2)
        stride = self.strides[:, None]
        near = distance < np.maximum(0.6 * stride, np.minimum(1.2 * stride, 0.35 * side))
        near &= (side >= self.low) & (side < self.high)
        smallest = np.where(near, side, np.inf)
        found = near.any(1)
        answers[found] = smallest[found].argmin(1)
        return answers, counts | found


def detection_loss(raw, decoded, faces, answers, counts) -> torch.Tensor:
    """Score (quality focal), box (generalised IoU) and points (relative to the face) of a batch.

    `raw` [n, cells, 15], `decoded` [n, cells, 14]; per picture `faces` [k, 14], `answers` and
    `counts` [cells]. A positive cell's score is to be one half plus half its box's overlap.
    """
    wanted = torch.zeros(raw.shape[:2])
    boxes = points = raw.new_zeros(())
    total = known = 0
    for index, (own, answer) in enumerate(zip(faces, answers)):
        cells = torch.from_numpy(np.flatnonzero(answer >= 0))
        if not len(cells):
            continue
        truth = torch.from_numpy(own[answer[cells.numpy()]])
        found = decoded[index, cells]
        shared, generalised = _overlaps(found[:, :4], truth[:, :4])
        wanted[index, cells] = 0.5 + 0.5 * shared.detach()
        boxes = boxes + (1 - generalised).sum()
        total += len(cells)
        has_points = ~torch.isnan(truth[:, 4])
        if has_points.any():
            side = (truth[:, 2:4] - truth[:, :2]).mean(1, keepdim=True)
            error = ((found[:, 4:] - truth[:, 4:]) / side)[has_points]
            points = points + functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.05, reduction="sum")
            known += int(has_points.sum())
    score = raw[:, :, 0]
    cost = functional.binary_cross_entropy_with_logits(score, wanted, reduction="none")
    cost = cost * (torch.sigmoid(score) - wanted).abs().detach() ** SCORE_POWER
    cost = (cost * torch.from_numpy(np.stack(counts))).sum()
    return (4.0 * cost + 2.0 * boxes) / max(total, 1) + 0.5 * points / max(known, 1)


def _overlaps(left: torch.Tensor, right: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """IoU and generalised IoU of boxes in pairs [n, 4]."""
    def area(low, high):
        return (high - low).clamp(min=0).prod(1)

    shared = area(torch.maximum(left[:, :2], right[:, :2]), torch.minimum(left[:, 2:], right[:, 2:]))
    union = area(left[:, :2], left[:, 2:]) + area(right[:, :2], right[:, 2:]) - shared
    hull = area(torch.minimum(left[:, :2], right[:, :2]), torch.maximum(left[:, 2:], right[:, 2:]))
    iou = shared / union.clamp(min=1e-6)
    return iou, iou - (hull - union) / hull.clamp(min=1e-6)
