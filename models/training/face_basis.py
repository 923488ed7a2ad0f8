"""Makes `models/demo/face_*.png`: average faces, one for each expression, for the demo recording.

Each is the mean of the training pictures of FER2013 whose FER+ annotators agree most, aligned by
the eyes and nose, moved away from the neutral mean (a caricature, since means blur), contrast
stretched. A statistic over hundreds of pictures: it shows no person.
"""

import numpy as np
from PIL import Image

from common.align import similarity, warp
from common.cli import MODELS, parser
from detector.teacher import Teacher
from expression import data

MEMBERS = 300
CARICATURE = {
    "neutral": 1.0, "happy": 1.3, "sad": 1.7, "angry": 1.7, "fear": 1.6, "surprise": 1.3,
}
# Where eyes and nose come to lie, in pixels of the 48x48 mean (right eye, left eye, nose as seen).
ANCHORS = np.array([[14.8, 18.5], [33.2, 18.5], [24.0, 29.5]])


def main() -> None:
    arguments = parser(__doc__).parse_args()
    faces = data.load(arguments.data, "train")
    teacher = Teacher(arguments.data)
    means = {label: mean_face(faces, teacher, label) for label in CARICATURE}
    folder = MODELS / "demo"
    folder.mkdir(exist_ok=True)
    for label, strength in CARICATURE.items():
        changed = means["neutral"] + strength * (means[label] - means["neutral"])
        Image.fromarray(stretch(changed)).save(folder / f"face_{label}.png", optimize=True)


def mean_face(faces: data.Faces, teacher: Teacher, label: str) -> np.ndarray:
    """Mean [48, 48] of the MEMBERS aligned pictures with the largest share of votes for `label`."""
    agreement = faces.votes[:, data.LABELS.index(label)] * faces.weights
    aligned = []
    for row in np.argsort(-agreement, kind="stable"):
        face = teacher.find_in_crop(faces.images[row])
        if face is None or face[0] < 0.8:
            continue
        matrix = similarity(face[5:].reshape(5, 2)[:3], ANCHORS)
        moved = warp(Image.fromarray(continued(faces.images[row])), shifted(matrix), (48, 48))
        aligned.append(np.asarray(moved, np.float64))
        if len(aligned) == MEMBERS:
            break
    print(label, "least agreement", round(float(agreement[row]), 2), flush=True)
    return normalised(np.stack(aligned)).mean(0)


def continued(pixels: np.ndarray, margin: int = 24) -> np.ndarray:
    """The crop with its edge continued, so that turning it leaves no black corner."""
    return np.pad(pixels, margin, mode="edge")


def shifted(matrix: np.ndarray, margin: int = 24) -> np.ndarray:
    """`matrix` for a picture that `continued` has moved by its margin."""
    moved = matrix.copy()
    moved[:, 2] -= matrix[:, :2] @ np.full(2, margin)
    return moved


def normalised(faces: np.ndarray) -> np.ndarray:
    """Each picture with zero mean and unit contrast: none outweighs the others."""
    mean = faces.mean((1, 2), keepdims=True)
    return (faces - mean) / (faces.std((1, 2), keepdims=True) + 1e-6)


def stretch(face: np.ndarray) -> np.ndarray:
    """To u8 with the 1st and 99th percentile at 10 and 245."""
    low, high = np.percentile(face, [1, 99])
    return ((face - low) / (high - low) * 235 + 10).clip(0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
