"""Random changes of log-mel spectra: speed, pitch, noise, place, parts left out."""

import numpy as np
import torch
from torch.nn import functional


def augment(mel: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """[n, bands, frames] to the same shape."""
    n, bands, frames = mel.shape
    speed = np.exp(random.normal(0, 0.08, n))
    pitch = np.exp(random.normal(0, 0.04, n))
    matrix = torch.zeros(n, 2, 3)
    matrix[:, 0, 0] = torch.from_numpy(speed)
    matrix[:, 1, 1] = torch.from_numpy(pitch)
    matrix[:, 0, 2] = torch.from_numpy(random.uniform(-0.15, 0.15, n))
    # Bands are counted from the lowest on, so that a change of pitch stretches from there.
    matrix[:, 1, 2] = torch.from_numpy(pitch - 1)
    grid = functional.affine_grid(matrix, [n, 1, bands, frames], align_corners=False)
    moved = functional.grid_sample(mel[:, None], grid, padding_mode="border", align_corners=False)[:, 0]
    moved = torch.logaddexp(moved, _noise(moved, random))
    tilt = torch.from_numpy(random.normal(0, 0.6, (n, 1, 1))).float() * torch.linspace(-1, 1, bands)[None, :, None]
    return _leave_out(moved + tilt, random)


def _noise(mel: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """Even noise 14 to 60 dB below the loudest point (in ln power)."""
    below = torch.from_numpy(random.uniform(3.2, 14, (len(mel), 1, 1))).float()
    return mel.amax((1, 2), keepdim=True) - below - 2


def _leave_out(mel: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """Sets some bands and a stretch of time to the quietest value."""
    n, bands, frames = mel.shape
    quiet = mel.amin((1, 2))
    result = mel.clone()
    for row in range(n):
        for axis, length, most in ((0, bands, 6), (1, frames, 22)):
            width = int(random.integers(0, most))
            first = int(random.integers(0, length - width))
            part = result[row].narrow(axis, first, width)
            part.fill_(float(quiet[row]))
    return result
