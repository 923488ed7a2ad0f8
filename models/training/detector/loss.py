"""Which cell answers for which face, and what its answer costs."""

import numpy as np
import torch
from torch.nn import functional

from common.boxes import overlap

# A cell may answer for a face whose middle is this many strides away, or that it lies in.
NEAR = 2.5
# Cells that overlap a face best tell by their overlaps how many answer for it.
CANDIDATES = 10
OVERLAP_WEIGHT = 3.0
SAME_FACE = 0.3
SCORE_POWER = 2.0


class Assignment:
    """Which cells answer for which face: SimOTA (Ge et al. 2021, YOLOX), by what the teacher says of the clean frame.

    The teacher's own habits are kept so: what it found is asked of the cells that found it.
    """

    def __init__(self, corners: torch.Tensor, strides: torch.Tensor):
        self.corners, self.strides = corners.numpy(), strides.numpy()[:, None]

    def __call__(self, said: np.ndarray, faces: np.ndarray, ignored: np.ndarray):
        """By the teacher's rows [cells, 15] of score, box and points: for each cell the face that it answers for (-1: none),
        the score that it is to give where it answers for none, and whether its score counts."""
        scores, boxes = said[:, 0], said[:, 1:5]
        counts = ~(_within(self.corners, ignored) | (overlap(boxes, ignored) > SAME_FACE)).any(1)
        answers = np.full(len(boxes), -1)
        if not len(faces):
            return answers, np.zeros_like(scores), counts
        shared = overlap(boxes, faces[:, :4])
        middle = (faces[:, :2] + faces[:, 2:4]) / 2
        near = np.abs(self.corners[:, None] - middle[None]).max(2) < NEAR * self.strides
        cost = -OVERLAP_WEIGHT * np.log(shared + 1e-8) - np.log(scores[:, None] + 1e-8)
        cost[~(near | _within(self.corners, faces[:, :4]))] = np.inf
        chosen = np.zeros_like(shared, bool)
        for face in range(len(faces)):
            order = np.argsort(cost[:, face])[: max(1, int(np.sort(shared[:, face])[-CANDIDATES:].sum()))]
            chosen[order, face] = np.isfinite(cost[order, face])
        found = chosen.any(1)
        answers[found] = np.where(chosen, cost, np.inf)[found].argmin(1)
        return answers, np.where(shared.max(1) >= SAME_FACE, scores, 0), counts | found


def _within(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Whether each of `points` [n, 2] lies in each of `boxes` [m, 4]: [n, m]."""
    return ((points[:, None] > boxes[None, :, :2]) & (points[:, None] < boxes[None, :, 2:4])).all(2)


def detection_loss(raw, decoded, faces, answers, scores, counts) -> torch.Tensor:
    """Score (quality focal), box (generalised IoU) and points (relative to the face) of a batch.

    `raw` [n, cells, 15], `decoded` [n, cells, 14]; per picture `faces` [k, 14], `answers`, `scores` and
    `counts` [cells]. The score of a cell that answers is to be one half plus half its box's overlap.
    """
    wanted = torch.from_numpy(np.stack(scores))
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
