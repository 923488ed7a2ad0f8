"""Figures that the runtime must reproduce: what Pillow and onnxruntime make of a synthetic picture,
sound and movement. Writes `results/golden.toml`, which the runtime's tests read; run it whenever a
network changes. Needs no data. The text network has `text/golden.py`."""

import hashlib
import tomllib

import numpy as np
from PIL import Image

from common.boxes import suppress
from common.cli import MODELS, RESULTS
from common.export import session

FACE = np.array([120.5, 80.25, 90.0, 110.5])


def main() -> None:
    manifest = tomllib.loads((MODELS / "manifest.toml").read_text())
    networks = {network["task"]: network for network in manifest["network"] if network["task"] in READ}
    lines = ["# Made by training/golden.py.", "", "[networks]"]
    for task, network in networks.items():
        lines.append(f'{task} = "{hashlib.sha256((MODELS / network["file"]).read_bytes()).hexdigest()}"')
    for task, network in networks.items():
        lines += ["", f"[{task}]", *(f"{key} = {text(values)}" for key, values in READ[task](network).items())]
    (RESULTS / "golden.toml").write_text("\n".join(lines) + "\n")


def text(values) -> str:
    if isinstance(values, int):
        return str(values)
    return "[" + ", ".join(f"{value:.6f}" for value in np.ravel(values)) + "]"


def triangle(t: np.ndarray) -> np.ndarray:
    """Rises and falls between 0 and 255."""
    place = t % 510
    return np.minimum(place, 510 - place)


def picture() -> Image.Image:
    y, x, c = np.meshgrid(np.arange(300), np.arange(400), np.arange(3), indexing="ij")
    values = (2 * triangle(3 * x + 5 * y + 90 * c) + triangle(x * y // 16 + 40 * c)) // 3
    return Image.fromarray(values.astype(np.uint8))


def sound(length: int) -> np.ndarray:
    """A tone that rises and swells, 16 kHz."""
    t = np.arange(length) / 16000
    tone = np.sin(2 * np.pi * (150 + 40 * t) * t) + 0.5 * np.sin(2 * np.pi * 900 * t) * np.sin(2 * np.pi * 3 * t)
    return (np.round(0.3 * tone * 32768) / 32768).astype(np.float32)


def scaled(values: np.ndarray, network: dict) -> np.ndarray:
    source = network["input"]
    values = values.astype(np.float32) * np.float32(source["scale"]) + np.float32(source["offset"])
    return values.reshape(source["shape"])


def run(network: dict, values: np.ndarray) -> dict[str, np.ndarray]:
    names = [output["name"] for output in network["outputs"]]
    return dict(zip(names, session(MODELS / network["file"]).run(names, {network["input"]["name"]: values})))


def face(network: dict) -> tuple[dict, np.ndarray]:
    """Every seventh value that goes in, what comes out, and the crop (corner and side)."""
    centre = FACE[:2] + FACE[2:] / 2 + [0, network["crop_shift_y"] * FACE[3]]
    side = network["crop_scale"] * FACE[2:].max()
    corner = centre - side / 2
    size = tuple(network["input"]["shape"][:1:-1])
    crop = picture().convert("L").resize(size, Image.Resampling.BILINEAR, (*corner, *(corner + side)))
    values = scaled(np.asarray(crop), network)
    return {"input": values.ravel()[::7], **run(network, values)}, np.array([*corner, side])


def expression(network: dict) -> dict:
    return face(network)[0]


def landmarks(network: dict) -> dict:
    figures, (x, y, side) = face(network)
    figures["points"] = figures["points"].reshape(68, 2) * side + [x, y]
    return figures


def detector(network: dict) -> dict:
    frame = picture().convert("L").resize((320, 240), Image.Resampling.BILINEAR)
    values = scaled(np.asarray(frame), network)
    rows = run(network, values)["detections"][0]
    found = suppress(rows, network["score_threshold"], network["nms_iou"])
    return {"input": values.ravel()[::101], "rows": rows[::79], "found": len(found)}


def voice(network: dict) -> dict:
    return run(network, scaled(sound(int(np.prod(network["input"]["shape"]))), network))


def activity(network: dict) -> dict:
    return run(network, scaled(2 * sound(6 * 128), network))


READ = {
    "expression": expression, "landmarks": landmarks, "detector": detector, "activity": activity,
    "voice_activity": voice, "voice_affect": voice, "voice_affect_own": voice,
}

if __name__ == "__main__":
    main()
