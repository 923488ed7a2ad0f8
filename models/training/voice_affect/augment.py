"""Random changes of log-mel spectra: speed, pitch, noise, place, parts left out."""

import numpy as np
import torch
from torch.nn import functional


def augment(mel: torch.Tensor, low: torch.Tensor, random: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Both spectra [n, bands, frames] of the same clips, changed alike, to the same shapes."""
    n = len(mel)
    speed, pitch = np.exp(random.normal(0, 0.1, n)), np.exp(random.normal(0, 0.06, n))
    matrix = torch.zeros(n, 2, 3)
    matrix[:, 0, 0] = torch.from_numpy(speed)
    matrix[:, 1, 1] = torch.from_numpy(pitch)
    matrix[:, 0, 2] = torch.from_numpy(random.uniform(-0.15, 0.15, n))
    # Bands are counted from the lowest on, so that a change of pitch stretches from there.
    matrix[:, 1, 2] = torch.from_numpy(pitch - 1)
    quieter = torch.from_numpy(random.uniform(4, 15, (n, 1, 1))).float()
    tilt = torch.from_numpy(random.normal(0, 0.6, (n, 1, 1))).float()
    mel = _noisy(_warp(mel, matrix), quieter + 2) + tilt * torch.linspace(-1, 1, mel.shape[1])[None, :, None]
    low = _noisy(_warp(low, matrix), quieter)
    return _leave_out(mel, random), _leave_out(low, random)


def _warp(spectra: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    grid = functional.affine_grid(matrix, [len(spectra), 1, *spectra.shape[1:]], align_corners=False)
    return functional.grid_sample(spectra[:, None], grid, padding_mode="border", align_corners=False)[:, 0]


def _noisy(spectra: torch.Tensor, quieter: torch.Tensor) -> torch.Tensor:
    """With even noise, `quieter` (in ln power) than the loudest point."""
    return torch.logaddexp(spectra, spectra.amax((1, 2), keepdim=True) - quieter)


def _leave_out(spectra: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """Sets some bands and a stretch of time to the quietest value."""
    n, bands, frames = spectra.shape
    quiet = spectra.amin((1, 2))
    result = spectra.clone()
    for row in range(n):
        for axis, length, most in ((0, bands, 8), (1, frames, 24)):
            width = int(random.integers(0, most))
            first = int(random.integers(0, length - width))
            part = result[row].narrow(axis, first, width)
            part.fill_(float(quiet[row]))
    return result
