"""Random changes of face crops as a webcam and a detector make them, for a whole batch at once."""

import math

import torch
from torch.nn import functional


def augment(images: torch.Tensor) -> torch.Tensor:
    """[n, 1, s, s] of 0..255 to the same shape in -1..1: moved, turned, mirrored, relit, part hidden."""
    images = _warp(images)
    images = _light(images)
    return _hide(images)


def _uniform(count: int, low: float, high: float) -> torch.Tensor:
    return torch.empty(count).uniform_(low, high)


def _warp(images: torch.Tensor) -> torch.Tensor:
    n = len(images)
    angle = 7 * torch.randn(n) * math.pi / 180
    scale = torch.exp(_uniform(n, -0.12, 0.12))
    mirror = torch.where(torch.rand(n) < 0.5, -1.0, 1.0)
    stretch = torch.exp(_uniform(n, -0.06, 0.06))
    matrix = torch.zeros(n, 2, 3)
    matrix[:, 0, 0] = torch.cos(angle) * scale * mirror * stretch
    matrix[:, 0, 1] = -torch.sin(angle) * scale
    matrix[:, 1, 0] = torch.sin(angle) * scale * mirror
    matrix[:, 1, 1] = torch.cos(angle) * scale / stretch
    matrix[:, :, 2] = _uniform(2 * n, -0.1, 0.1).view(n, 2)
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _light(images: torch.Tensor) -> torch.Tensor:
    n = len(images)
    gain = torch.exp(_uniform(n, -0.3, 0.3)).view(n, 1, 1, 1)
    shift = _uniform(n, -0.2, 0.2).view(n, 1, 1, 1)
    level = images / 127.5 - 1
    mean = level.mean((1, 2, 3), keepdim=True)
    level = (level - mean) * gain + mean + shift
    noise = (_uniform(n, 0, 0.06) * (torch.rand(n) < 0.3)).view(n, 1, 1, 1)
    return (level + noise * torch.randn_like(level)).clamp(-1, 1)


def _hide(images: torch.Tensor) -> torch.Tensor:
    n, _, side, _ = images.shape
    half = (_uniform(n, 0.08, 0.17) * side).view(n, 1, 1)
    x, y = (_uniform(n, 0, side).view(n, 1, 1) for _ in range(2))
    place = torch.arange(side)
    inside = ((place.view(1, 1, -1) - x).abs() < half) & ((place.view(1, -1, 1) - y).abs() < half)
    inside &= (torch.rand(n) < 0.3).view(n, 1, 1)
    return torch.where(inside[:, None], images.mean((1, 2, 3), keepdim=True), images)
