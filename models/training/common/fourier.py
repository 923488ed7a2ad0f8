"""The Fourier transform at the front of the networks that read spectra, as weights of a convolution."""

from collections.abc import Sequence

import numpy as np


def fourier(bins: Sequence[int], taper: np.ndarray) -> np.ndarray:
    """Rows [2 * bins, window] that give the real parts, then the imaginary ones, of `bins` of a Fourier transform of
    as many samples as `taper` has. White noise of power one has power one in each bin."""
    phase = 2 * np.pi * np.outer(bins, np.arange(len(taper))) / len(taper)
    return np.concatenate([np.cos(phase), -np.sin(phase)]) * taper / np.sqrt(np.sum(taper**2))


def hann(window: int) -> np.ndarray:
    """Hann's taper as one period of a raised cosine, [window]."""
    return np.hanning(window + 1)[:-1]
