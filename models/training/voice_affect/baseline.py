"""How a speaker usually sounds: mean and spread of the features of the speaker's clips."""

import numpy as np
import torch

# A baseline of fewer clips is none.
FEWEST = 3


def usual(features: torch.Tensor, past: list[tuple[np.ndarray, np.ndarray]]) -> tuple[torch.Tensor, torch.Tensor]:
    """For each row of `features` [n, k] the mean and the spread (standard deviation) of its speaker's past.

    `past` has pairs of rows: those that make a baseline, and those that are judged by it. NaN for rows that no pair judges.
    """
    mean, spread = torch.full_like(features, torch.nan), torch.full_like(features, torch.nan)
    for known, judged in past:
        centre = features[known].mean(0)
        mean[judged] = centre
        spread[judged] = ((features[known] - centre) ** 2).mean(0).add(1e-4).sqrt()
    return mean, spread


def other_half(speaker: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """For scores: every other clip of a speaker makes the baseline of the rest, so that no clip judges itself."""
    pairs = []
    for name in np.unique(speaker):
        rows = np.flatnonzero(speaker == name)
        pairs += [(rows[::2], rows[1::2]), (rows[1::2], rows[::2])]
    return [(known, judged) for known, judged in pairs if len(known) >= FEWEST]


def any_part(speaker: np.ndarray, random: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """For training: a random part of a speaker's clips makes the baseline of all of them, as a baseline is young or old."""
    pairs = []
    for name in np.unique(speaker):
        rows = random.permutation(np.flatnonzero(speaker == name))
        pairs.append((rows[: random.integers(min(FEWEST, len(rows)), len(rows) + 1)], rows))
    return pairs
