"""Log-mel spectrum as a part of the network, so that training and runtime cannot differ."""

import numpy as np
import torch
from torch import nn

from common.fourier import fourier, hann
from common.layers import fixed
from voice.clips import RATE


class LogMel(nn.Module):
    """Samples [n, 1, t] to ln(mel power + 1e-6) [n, bands, frames]; a fixed Fourier transform by convolution."""

    def __init__(self, window: int, hop: int, bands: int, low: float = 60.0, high: float = 7600.0):
        super().__init__()
        bins = window // 2 + 1
        self.fourier = fixed(fourier(range(bins), hann(window))[:, None], hop)
        self.filters = fixed(_filters(bins, bands, low, high)[:, :, None], 1)

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        real, imaginary = self.fourier(samples).chunk(2, 1)
        return torch.log(self.filters(real * real + imaginary * imaginary) + 1e-6)


def _filters(bins: int, bands: int, low: float, high: float) -> np.ndarray:
    """Triangles [bands, bins] evenly spaced in mel (O'Shaughnessy's formula), each summing to one."""
    edges = np.linspace(_mel(low), _mel(high), bands + 2)
    frequency = _mel(np.linspace(0, RATE / 2, bins))
    rising = (frequency - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequency) / np.diff(edges)[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    return triangles / np.maximum(triangles.sum(1, keepdims=True), 1e-9)


def _mel(hertz):
    return 2595 * np.log10(1 + np.asarray(hertz) / 700)
