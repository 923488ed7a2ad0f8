"""The face detector: one stage, no anchors, plain convolutions, three strides."""

import torch
from torch import nn
from torch.nn import functional

from common.layers import conv

STRIDES = (8, 16, 32)
WIDTH, HEIGHT = 320, 240
GRIDS = tuple((-(-HEIGHT // s), -(-WIDTH // s)) for s in STRIDES)
BOX_UNIT, POINT_UNIT = 4.0, 2.0


def cells() -> tuple[torch.Tensor, torch.Tensor]:
    """Centres [n, 2] and strides [n] of every cell, in the order of the network's rows."""
    centres, strides = [], []
    for stride, (rows, columns) in zip(STRIDES, GRIDS):
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        centres.append((torch.stack([x, y], 2).reshape(-1, 2) + 0.5) * stride)
        strides.append(torch.full((rows * columns,), float(stride)))
    return torch.cat(centres), torch.cat(strides)


class FaceNet(nn.Module):
    """Gray frame [n, 1, 240, 320] in -0.5..0.5 to raw rows [n, cells, 15]."""

    def __init__(self, width: int = 40):
        super().__init__()
        self.fine = nn.Sequential(
            conv(1, 12, 2), conv(12, 24, 2), Single(24), conv(24, width, 2), Single(width), Single(width),
        )
        self.middle = nn.Sequential(conv(width, 2 * width, 2), Single(2 * width))
        self.coarse = nn.Sequential(conv(2 * width, 96, 2), Single(96))
        self.sides = nn.ModuleList(nn.Conv2d(c, width, 1) for c in (width, 2 * width, 96))
        self.heads = nn.ModuleList(
            nn.Sequential(conv(width, width), nn.Conv2d(width, 15, 1)) for _ in STRIDES
        )
        for head in self.heads:
            nn.init.constant_(head[1].bias[0], -4.0)

    def forward(self, frame: torch.Tensor) -> torch.Tensor:
        fine = self.fine(frame)
        middle = self.middle(fine)
        levels = [side(x) for side, x in zip(self.sides, (fine, middle, self.coarse(middle)))]
        levels[1] = levels[1] + _enlarge(levels[2], levels[1])
        levels[0] = levels[0] + _enlarge(levels[1], levels[0])
        rows = [head(torch.relu(level)).flatten(2) for head, level in zip(self.heads, levels)]
        return torch.cat(rows, 2).transpose(1, 2)


class Single(nn.Module):
    """One 3x3 convolution around a shortcut, which alone passes at first."""

    def __init__(self, channels: int):
        super().__init__()
        self.inner = conv(channels, channels)
        nn.init.zeros_(self.inner[1].weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.inner(x)


def _enlarge(small: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Doubles height and width by repetition, cut to those of `like`."""
    large = functional.interpolate(small, scale_factor=2.0, mode="nearest")
    return large[:, :, : like.shape[2], : like.shape[3]]


def decode(raw: torch.Tensor, centres: torch.Tensor, strides: torch.Tensor) -> torch.Tensor:
    """Raw rows to rows of boxes and points [n, cells, 14] in pixels."""
    stride = strides[None, :, None]
    centre = centres + raw[:, :, 1:3] * stride
    half = torch.exp(raw[:, :, 3:5].clamp(-5, 4)) * (stride * BOX_UNIT / 2)
    points = raw[:, :, 5:] * (stride * POINT_UNIT) + centres.repeat(1, 5)
    return torch.cat([centre - half, centre + half, points], 2)


class Deployed(nn.Module):
    """What is exported: score in 0..1, box corners and five points in pixels."""

    def __init__(self, network: FaceNet):
        super().__init__()
        self.network = network
        centres, strides = cells()
        self.register_buffer("centres", centres)
        self.register_buffer("strides", strides)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        raw = self.network(image)
        return torch.cat([torch.sigmoid(raw[:, :, :1]), decode(raw, self.centres, self.strides)], 2)
