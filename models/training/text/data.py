"""The three sets, each row with its group and whether it is scored or trained on."""

import csv
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from common.splits import held_out
from text import made_up
from text.network import LABELS

FOLDS = 8
# Rows of stress posts whose words are so alike count as one post: they stand on one side.
SAME_POST = 0.35


@dataclass
class Rows:
    """`texts`; `task` [n] name of the head; `target` f32 [n, 6], shares of the labels; `truth` i64 [n]; `part` [n]:
    train, made up (trained on too), kept (from the training files, never tuned on), dev; `fold` i64 [n], of stress, by post, else -1."""

    texts: np.ndarray
    task: np.ndarray
    target: np.ndarray
    truth: np.ndarray
    part: np.ndarray
    fold: np.ndarray

    def select(self, rows) -> "Rows":
        return Rows(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def load(data: Path) -> Rows:
    folder = Path(data) / "text"
    rows = []
    seen = {text for text, _ in emotion(folder / "emotion_validation.txt")}
    labels: dict[str, set] = {}
    for text, label in emotion(folder / "emotion_train.txt"):
        labels.setdefault(text, set()).add(label)
    for text, found in labels.items():
        if len(found) == 1 and text not in seen:
            rows.append(("emotion", text, *found, 1.0, "kept" if held_out(text, 20) else "train", -1))
    rows += [("emotion", text, label, 1.0, "dev", -1) for text, label in emotion(folder / "emotion_validation.txt")]
    for text, label in sentiment(folder / "sentiment_train.tsv"):
        rows.append(("sentiment", text, label, 1.0, "kept" if held_out(text, 15) else "train", -1))
    rows += [("sentiment", text, label, 1.0, "dev", -1) for text, label in sentiment(folder / "sentiment_dev.tsv")]
    rows += stress(folder / "stress_train.csv")
    task, texts, truth, sure, part, fold = (list(column) for column in zip(*rows))
    target = np.zeros((len(rows), 6), np.float32)
    for i, (label, share) in enumerate(zip(truth, sure)):
        target[i, label] = share
        if share < 1:
            target[i, 1 - label] = 1 - share
    found = Rows(np.array(texts, object), np.array(task), target, np.array(truth), np.array(part), np.array(fold))
    return joined(found, made_up_rows())


def made_up_rows() -> Rows:
    task, texts, shares = (list(column) for column in zip(*made_up.rows()))
    target = np.zeros((len(texts), 6), np.float32)
    for i, own in enumerate(shares):
        target[i, : len(own)] = own
    size = len(texts)
    return Rows(
        np.array(texts, object), np.array(task), target, target.argmax(1), np.full(size, "made up"), np.full(size, -1)
    )


def joined(*parts: Rows) -> Rows:
    return Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__dataclass_fields__))


def emotion(path: Path):
    for line in path.read_text().splitlines():
        label, text = line.removeprefix("__label__").split(" ", 1)
        yield text, LABELS["emotion"].index(label)


def sentiment(path: Path):
    for line in path.read_text().splitlines():
        text, label = line.rsplit("\t", 1)
        yield text, int(label)


def stress(path: Path):
    """Posts; how many of those who labelled one agreed says how sure its label is, which counts by half."""
    with path.open(newline="") as file:
        found = list(csv.DictReader(file))
    folds = np.array([zlib.crc32(str(group).encode()) % FOLDS for group in posts([row["text"] for row in found])])
    for row, fold in zip(found, folds):
        yield "stress", row["text"], int(row["label"]), 0.5 + 0.5 * float(row["confidence"]), "train", int(fold)


def posts(texts: list[str]) -> np.ndarray:
    """A number for each text, the same for those that are alike: parts of one post tell of the same things."""
    vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2, max_df=0.05).fit_transform(texts)
    first, second = (vectors @ vectors.T > SAME_POST).nonzero()
    group = np.arange(len(texts))
    while True:
        joined = group.copy()
        np.minimum.at(joined, first, group[second])
        joined = joined[joined]
        if (joined == group).all():
            return group
        group = joined
