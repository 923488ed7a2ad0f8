"""The landmark network: plain convolutions, points by regression over a small map, eyes from a finer one."""

import torch
from torch import nn

from common.layers import Residual, conv
from landmarks.data import SIDE

# The layers up to a quarter of the crop's resolution, and the rows of that map where eyes are.
FINE, EYE_ROWS = 5, slice(0, 10)


class LandmarkNet(nn.Module):
    """Face crop [n, 1, 64, 64] in -1..1 to points [n, 136] in crop fractions and eye logits [n, 2]
    (right eye, left eye; positive is open)."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            conv(1, 16), conv(16, 32, 2), conv(32, 32), conv(32, 64, 2), Residual(64),
            conv(64, 96, 2), conv(96, 96), conv(96, 32, size=1), nn.Flatten(),
        )
        features = 32 * (SIDE // 8) ** 2
        self.points = nn.Linear(features, 136)
        self.eyes = nn.Sequential(
            conv(64, 16, size=1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(16 * EYE_ROWS.stop * (SIDE // 4), 2)
        )
        nn.init.constant_(self.points.bias, 0.5)

    def forward(self, face: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        fine = self.body[:FINE](face)
        return self.points(self.body[FINE:](fine)), self.eyes(fine[:, :, EYE_ROWS])


class Deployed(nn.Module):
    """What is exported: points in crop fractions, probabilities that each eye is open."""

    def __init__(self, network: LandmarkNet):
        super().__init__()
        self.network = network

    def forward(self, face: torch.Tensor):
        points, eyes = self.network(face)
        return points, torch.sigmoid(eyes)
