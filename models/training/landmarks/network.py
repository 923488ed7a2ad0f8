"""The landmark network: plain convolutions, points by regression over a small map."""

import torch
from torch import nn

from common.layers import Residual, conv
from landmarks.data import SIDE


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
        self.eyes = nn.Sequential(nn.Dropout(0.3), nn.Linear(features, 2))
        nn.init.constant_(self.points.bias, 0.5)

    def forward(self, face: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.body(face)
        return self.points(features), self.eyes(features)


class Deployed(nn.Module):
    """What is exported: points in crop fractions, probabilities that each eye is open."""

    def __init__(self, network: LandmarkNet):
        super().__init__()
        self.network = network

    def forward(self, face: torch.Tensor):
        points, eyes = self.network(face)
        return points, torch.sigmoid(eyes)
