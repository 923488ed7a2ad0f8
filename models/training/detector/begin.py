"""The weights that training begins with: YuNet's as published (Apache-2.0), folded to gray."""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper

from detector.network import PARTS, STRIDES, FaceNet, Unit

TRAINED_SHARE = 0.75


def published(data: Path) -> FaceNet:
    """YuNet as published, for gray frames: what is said of blue, green and red is said of gray together."""
    graph = onnx.load(data / "peers" / "yunet_n_dynamic.onnx").graph
    stored = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in graph.initializer}
    theirs = [[stored[name] for name in node.input[1:]] for node in graph.node if node.op_type == "Conv"]
    theirs[0][0] = theirs[0][0].sum(1, keepdim=True)
    network = FaceNet()
    ours = [network.stem, *(conv for unit in in_their_order(network) for conv in unit)]
    for conv, (weight, bias) in zip(ours, theirs, strict=True):
        conv.weight.data.copy_(weight)
        conv.bias.data.copy_(bias)
    return network


def between(network: FaceNet, first: FaceNet) -> FaceNet:
    """`network` with weights on the way to it from `first`, TRAINED_SHARE of it: what `first` knew and training did not show
    again is kept (Wortsman et al. 2022, WiSE-FT)."""
    with torch.no_grad():
        for ours, theirs in zip(network.parameters(), first.parameters(), strict=True):
            ours.lerp_(theirs, 1 - TRAINED_SHARE)
    return network


def in_their_order(network: FaceNet) -> list[Unit]:
    """Units as they stand in the published graph."""
    blocks = [*network.stages, *reversed(network.sides), *network.shared]
    units = [layer for block in blocks for layer in block if isinstance(layer, Unit)]
    return units + [network.heads[part][level] for part in PARTS for level in range(len(STRIDES))]
