"""ONNX export that the runtime reads, checked against PyTorch, and timed."""

import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from common.cli import MODELS

OPSET = 17


def export(model, example: torch.Tensor, name: str, input_name: str, outputs: list[str]) -> Path:
    """Writes `models/<name>.onnx` with fixed shapes; fails where its outputs differ by over 1e-4."""
    path = MODELS / f"{name}.onnx"
    model.eval()
    torch.onnx.export(
        model, (example,), path, input_names=[input_name], output_names=outputs,
        opset_version=OPSET, dynamo=False, do_constant_folding=True,
    )
    with torch.no_grad():
        expected = model(example)
    expected = expected if isinstance(expected, tuple) else (expected,)
    found = session(path).run(None, {input_name: example.numpy()})
    for left, right in zip(expected, found, strict=True):
        np.testing.assert_allclose(left.numpy(), right, rtol=1e-3, atol=1e-3)
    return path


def session(path: Path) -> onnxruntime.InferenceSession:
    """One-thread session."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def milliseconds(path: Path, runs: int = 60) -> float:
    """Time of one pass on one thread: the fastest tenth, since other programs share the machine."""
    network = session(path)
    source = network.get_inputs()[0]
    values = {source.name: np.random.default_rng(0).random(source.shape, np.float32)}
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        network.run(None, values)
        taken.append(time.perf_counter() - start)
    return round(float(np.percentile(taken, 10)) * 1000, 3)
