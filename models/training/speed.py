"""Times every network with tract and onnxruntime on one thread; fills the table in `models/README.md`.

Run on a quiet machine. The figures are those of the machine it ran on.
"""

import re
import time
import tomllib

import numpy as np
import onnxruntime
import tract

from common.cli import MODELS

RUNS = 100
# A message of some 20 words.
PIECES = 32
MARK = re.compile(r"(?<=<!-- speed -->\n).*?(?=<!-- /speed -->)", re.DOTALL)


def main() -> None:
    manifest = tomllib.loads((MODELS / "manifest.toml").read_text())
    lines = [
        "| network | KB | tract: load ms | tract: ms | onnxruntime: load ms | onnxruntime: ms |",
        "|---|---|---|---|---|---|",
        *(row(network) for network in manifest["network"]),
    ]
    readme = MODELS / "README.md"
    readme.write_text(MARK.sub("\n".join(lines) + "\n", readme.read_text()))


def row(network: dict) -> str:
    path = MODELS / network["file"]
    values = example(network)
    start = time.perf_counter()
    ours = tract.onnx().load(str(path))
    if network["task"] == "text":
        ours.set_input_fact(0, f"1,{PIECES},i64")
    ours = ours.into_model().into_runnable()
    loaded = (time.perf_counter() - start) * 1000
    start = time.perf_counter()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    theirs = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    their_load = (time.perf_counter() - start) * 1000
    name = network["input"]["name"]
    taken = fastest_tenth(lambda: ours.run([values])), fastest_tenth(lambda: theirs.run(None, {name: values}))
    return (
        f"| {network['task']} | {path.stat().st_size // 1024} | {loaded:.0f} | {taken[0]:.2f} "
        f"| {their_load:.0f} | {taken[1]:.2f} |"
    )


def example(network: dict) -> np.ndarray:
    random = np.random.default_rng(0)
    if network["task"] == "text":
        return random.integers(4, 1000, (1, PIECES))
    return random.random(network["input"]["shape"], np.float32)


def fastest_tenth(call) -> float:
    """Milliseconds of a call, after some to warm up: other programs may share the machine."""
    for _ in range(5):
        call()
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return float(np.percentile(taken, 10)) * 1000


if __name__ == "__main__":
    main()
