"""Spectrum below 1 kHz, fine enough to see the harmonics of a voice, as a part of the network."""

import torch
from torch import nn

from common.fourier import fourier, hann
from common.layers import fixed


class LowSpectrum(nn.Module):
    """Samples [n, 1, t] to ln(power + 1e-6) [n, bins, frames] of the lowest `bins` of a Fourier transform of `window`
    samples, from the third on: what lies below is no voice."""

    def __init__(self, window: int, hop: int, bins: int):
        super().__init__()
        self.fourier = fixed(fourier(range(2, 2 + bins), hann(window))[:, None], hop)

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        real, imaginary = self.fourier(samples).chunk(2, 1)
        return torch.log(real * real + imaginary * imaginary + 1e-6)
