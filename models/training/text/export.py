"""Writes the network for the runtime: one input of any length up to 128, large weights as 16-bit floats."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from common.cli import MODELS
from common.export import OPSET, session
from text.network import LONGEST, OUTPUTS, TextNet
from text.pieces import FIRST, LAST

# Smaller tensors stay as they are: they weigh nothing.
LARGE = 4096


def export(network: TextNet, path: Path = MODELS / "text.onnx") -> Path:
    """Writes `path`; fails where the outputs differ from PyTorch's by more than 0.02."""
    network.eval()
    example = example_pieces(network, 40)
    torch.onnx.export(
        network, (example,), path, input_names=["pieces"], output_names=list(OUTPUTS), opset_version=OPSET,
        dynamo=False, do_constant_folding=True, dynamic_axes={"pieces": {1: "length"}},
    )
    model = onnx.load(path)
    halve(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    runtime = session(path)
    for length in (3, 16, 32, 64, LONGEST):
        pieces = example_pieces(network, length)
        with torch.no_grad():
            expected = network(pieces)
        for left, right in zip(expected, runtime.run(list(OUTPUTS), {"pieces": pieces.numpy()}), strict=True):
            np.testing.assert_allclose(left.numpy(), right, rtol=2e-2, atol=2e-2)
    return path


def example_pieces(network: TextNet, length: int) -> torch.Tensor:
    """A message of random pieces, a quarter of it empty."""
    pieces = torch.randint(4, len(network.rows), (1, length), generator=torch.Generator().manual_seed(length))
    filled = max(3, length - length // 4)
    pieces[:, filled:] = 0
    pieces[:, 0], pieces[:, filled - 1] = FIRST, LAST
    return pieces


def halve(graph: onnx.GraphProto) -> None:
    """Turns large weights into 16-bit floats that are cast when the network is loaded; of the embedding, only what a
    message needs is cast."""
    casts = []
    for weight in list(graph.initializer):
        if weight.data_type != TensorProto.FLOAT or int(np.prod(weight.dims)) < LARGE:
            continue
        name = weight.name
        half = numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float16), f"{name}_half")
        graph.initializer.remove(weight)
        graph.initializer.append(half)
        users = [node for node in graph.node if name in node.input]
        if all(node.op_type == "Gather" and node.input[0] == name for node in users):
            for node in users:
                node.input[0] = half.name
                found = node.output[0]
                node.output[0] = f"{found}_half"
                cast = helper.make_node("Cast", [node.output[0]], [found], name=f"{node.name}_cast", to=TensorProto.FLOAT)
                graph.node.insert(list(graph.node).index(node) + 1, cast)
        else:
            casts.append(helper.make_node("Cast", [half.name], [name], name=f"{name}_cast", to=TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)
