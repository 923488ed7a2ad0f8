"""The activity network: one-dimensional residual convolutions over 2.56 s of motion."""

import torch
from torch import nn

from activity.data import LABELS


def conv(inputs: int, outputs: int, size: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm1d(outputs),
        nn.ReLU(inplace=True),
    )


class ActivityNet(nn.Module):
    """Motion [n, 6, 128] in g and rad/s to logits [n, 6]."""

    def __init__(self, width: int = 48):
        super().__init__()
        self.body = nn.Sequential(
            conv(8, width, 7, 2),
            conv(width, width, 5, 1),
            conv(width, 2 * width, 5, 2),
            conv(2 * width, 2 * width, 5, 1),
            conv(2 * width, 2 * width, 5, 2),
        )
        self.head = nn.Sequential(
            nn.Dropout(0.4), nn.Linear(6 * width, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, len(LABELS))
        )

    def forward(self, motion: torch.Tensor) -> torch.Tensor:
        force = torch.sqrt((motion[:, :3] ** 2).sum(1, keepdim=True) + 1e-6) - 1
        turning = torch.sqrt((motion[:, 3:] ** 2).sum(1, keepdim=True) + 1e-6)
        features = self.body(torch.cat([motion, force, turning], 1))
        third = features.shape[2] // 3
        middle = features[:, :, third : features.shape[2] - third].mean(2)
        return self.head(torch.cat([features.mean(2), features.amax(2), middle], 1))


class Deployed(nn.Module):
    """What is exported: calibrated probabilities."""

    def __init__(self, network: ActivityNet, temperature: float):
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, motion: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.network(motion) / self.temperature, 1)
