"""Short spectra of motion as a part of the network: at rest, postures differ by how faintly a body sways."""

import numpy as np
import torch
from torch import nn

from activity.data import LENGTH
from common.fourier import fourier
from common.layers import fixed

WINDOW, HOP = 32, 4
FRAMES = (LENGTH - WINDOW) // HOP + 1
# Bins of 1.56 Hz at 50 Hz; a band ends before the next begins.
EDGES = [1, 2, 3, 4, 6, 9, 17]
BANDS = len(EDGES) - 1
# Power below which movement counts as none: the square of 1 mg, or of 1 mrad/s.
FLOOR = 1e-6


class ShortSpectrum(nn.Module):
    """Channels [n, c, 128] to [n, c * 7, 25]: ln(1 + power / FLOOR) in six bands, and the mean, of 0.64 s every 80 ms.
    The power of a band is about the variance in it."""

    def __init__(self):
        super().__init__()
        bins = WINDOW // 2
        taper = np.hanning(WINDOW + 2)[1:-1]
        mean = taper / taper.sum()
        basis = fourier(range(1, bins + 1), taper) * np.sqrt(2 / WINDOW)
        basis -= basis.sum(1, keepdims=True) * mean
        band = np.array([[low <= k < high for k in range(1, bins + 1)] for low, high in zip(EDGES, EDGES[1:])])
        self.fourier = fixed(np.concatenate([basis, mean[None]])[:, None], HOP)
        self.bands = fixed(band[:, :, None].astype(float), 1)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        parts = self.fourier(channels.flatten(0, 1).unsqueeze(1))
        real, imaginary, mean = parts.split([WINDOW // 2, WINDOW // 2, 1], 1)
        level = torch.log1p(self.bands(real * real + imaginary * imaginary) / FLOOR)
        frames = torch.cat([level, mean], 1)
        return frames.reshape(-1, channels.shape[1] * (BANDS + 1), FRAMES)
