"""Frames of webcam clips, with the teacher's boxes: nobody drew boxes there. Needs ffmpeg."""

import subprocess
from pathlib import Path

import numpy as np
from PIL import Image

from detector.library import SURE, SUSPECTED
from detector.scenes import HEIGHT, WIDTH
from detector.teacher import Teacher

PER_SECOND = 2


def frames(path: Path) -> list[np.ndarray]:
    """Gray frames u8 [240, 320], PER_SECOND of them, fitted into the frame on black."""
    fit = f"fps={PER_SECOND},scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=decrease,pad={WIDTH}:{HEIGHT}"
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-vf", fit, "-pix_fmt", "gray", "-f", "rawvideo", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return list(np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH))


def taught(data: Path, pattern: str):
    """Pixels, the teacher's sure faces [k, 14] and its suspicions [m, 4] for each frame."""
    teacher = Teacher(data)
    for path in sorted((data / "video").glob(pattern)):
        for pixels in frames(path):
            found = teacher.find(Image.fromarray(pixels), SUSPECTED)
            sure = found[:, 0] >= SURE
            yield pixels, found[sure, 1:], found[~sure, 1:5]
