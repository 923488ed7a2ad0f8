"""Scores the text network, chooses temperatures and thresholds, exports it with its pieces."""

from pathlib import Path

import numpy as np
import torch

from common import layers, scores
from common.cli import MODELS, RUNS, parser
from common.run import averaged_model
from text import data, vocabulary
from text.export import example_pieces, export
from text.fairness import spreads
from text.network import LABELS, OUTPUTS, TextNet
from text.reading import logits, probabilities
from text.train import run_name

HERE = Path(__file__).parent
LENGTHS = ((1, 10), (11, 20), (21, 40), (41, 1000))
GRID = np.round(np.arange(0.3, 0.981, 0.01), 2)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--run", default="text")
    arguments.add_argument("--fold", type=int, default=-1, help="ship the network that left this fold of posts out")
    arguments = arguments.parse_args()
    torch.set_num_threads(1)
    rows = data.load(arguments.data)
    words = vocabulary.load(list(rows.texts[rows.part == "train"]))
    network = averaged_model(run_name(arguments.run, arguments.fold), TextNet(words.rows, len(words.embedding)))
    left_out = stress_left_out(arguments.run, rows, words)
    read = {
        (task, part): of_rows(network, words, rows.select((rows.task == task) & (rows.part == part)))
        for task in ("emotion", "sentiment") for part in ("dev", "kept")
    }
    temperatures = {task: fitted(*read[task, "dev"], task) for task in ("sentiment", "emotion")}
    temperatures["stress"] = fitted_stress(left_out)

    def of_texts(texts):
        values, of_text, weight = logits(network, words.pieces, texts)
        return {task: probabilities(values[task], of_text, weight, temperatures[task]) for task in OUTPUTS}

    thresholds = chosen_thresholds(of_texts)
    path = export(network)
    (MODELS / "text.pieces").write_text("\n".join(words.pieces.names) + "\n")
    result = {
        "task": "text",
        "run": run_name(arguments.run, arguments.fold),
        "temperatures": temperatures,
        "thresholds": thresholds,
        "megamacs_32_pieces": round(layers.multiply_adds(network, example_pieces(network, 32)) / 1e6, 1),
        "pieces": len(words.pieces.names),
        "embedding_rows": len(words.embedding),
        "kilobytes": path.stat().st_size // 1024,
        "kilobytes_pieces": (MODELS / "text.pieces").stat().st_size // 1024,
        **{
            task: {part: head_scores(*read[task, part], temperatures[task], LABELS[task]) for part in ("dev", "kept")}
            for task in ("emotion", "sentiment")
        },
        "stress": stress_scores(left_out, temperatures["stress"]),
        "work": work_scores(of_texts, thresholds),
        "kinds": kind_scores(of_texts, thresholds),
        "alike": spreads(of_texts),
    }
    scores.write("text", result)


def of_rows(network, words, rows: data.Rows):
    """The rows, and the logits of their own head."""
    values, of_text, weight = logits(network, words.pieces, rows.texts)
    return rows, (values[rows.task[0]], of_text, weight)


def stress_left_out(run: str, rows: data.Rows, words) -> list:
    """For each fold that was left out: its posts, and their logits by the network that never saw them."""
    result = []
    for fold in range(data.FOLDS):
        if (RUNS / run_name(run, fold)).exists():
            network = averaged_model(run_name(run, fold), TextNet(words.rows, len(words.embedding)))
            result.append(of_rows(network, words, rows.select((rows.task == "stress") & (rows.fold == fold))))
    return result


def fitted(rows: data.Rows, read, _task: str) -> float:
    """The temperature with the least cross-entropy."""
    candidates = np.round(np.exp(np.linspace(-1.2, 1.2, 121)), 3)
    costs = [-np.log(probabilities(*read, t)[np.arange(len(rows.truth)), rows.truth]).mean() for t in candidates]
    return float(candidates[int(np.argmin(costs))])


def fitted_stress(left_out: list) -> float:
    """The geometric mean of the folds' own."""
    return round(float(np.exp(np.mean([np.log(fitted(*fold, "stress")) for fold in left_out]))), 3)


def head_scores(rows: data.Rows, read, temperature: float, labels: list[str]) -> dict:
    found = probabilities(*read, temperature)
    truth, chosen = rows.truth, found.argmax(1)
    lengths = np.array([len(text.split()) for text in rows.texts])
    confusion = [[int(np.sum((truth == a) & (chosen == b))) for b in range(len(labels))] for a in range(len(labels))]
    return {
        "accuracy": scores.interval(scores.accuracy, truth, chosen),
        "macro_f1": scores.interval(scores.macro_f1, truth, chosen),
        "calibration_error": scores.interval(scores.calibration_error, truth, found),
        "recall": scores.recalls(truth, chosen, labels),
        "confusion": dict(zip(labels, confusion)),
        "by_words": {
            f"{low} to {high} words" if high < 1000 else f"over {low - 1} words": share(truth[own] == chosen[own])
            for low, high in LENGTHS
            if (own := (lengths >= low) & (lengths <= high)).sum() >= 20
        },
    }


def share(right: np.ndarray) -> dict:
    return {"value": round(float(np.mean(right)), 4), "count": len(right)}


def stress_scores(left_out: list, temperature: float) -> dict:
    """Over all folds together, and of each."""
    found = np.concatenate([probabilities(*read, temperature) for _, read in left_out])
    truth = np.concatenate([rows.truth for rows, _ in left_out])
    each = [scores.accuracy(rows.truth, probabilities(*read, temperature).argmax(1)) for rows, read in left_out]
    chosen = found.argmax(1)
    return {
        "folds": len(each),
        "accuracy": scores.interval(scores.accuracy, truth, chosen),
        "macro_f1": scores.interval(scores.macro_f1, truth, chosen),
        "calibration_error": scores.interval(scores.calibration_error, truth, found),
        "each_fold": [round(value, 4) for value in each],
        "recall": scores.recalls(truth, chosen, LABELS["stress"]),
    }


def work_rows(name: str) -> list[list[str]]:
    lines = (HERE / f"{name}.tsv").read_text().splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


SENTIMENTS = ["negative", "positive", "neutral"]
EMOTIONS = [*LABELS["emotion"], "none"]


def labelled(found: dict, thresholds: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of the labels said: of SENTIMENTS, of EMOTIONS, and whether under stress."""
    def or_last(values: np.ndarray, below: float) -> np.ndarray:
        return np.where(values.max(1) < below, values.shape[1], values.argmax(1))

    return (
        or_last(found["sentiment"], thresholds["sentiment_neutral_below"]),
        or_last(found["emotion"], thresholds["emotion_none_below"]),
        found["stress"].argmax(1),
    )


def truths(rows: list[list[str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    sentiment, emotion, stress, _ = zip(*rows)
    return (
        np.array([SENTIMENTS.index(label) for label in sentiment]),
        np.array([EMOTIONS.index(label) for label in emotion]),
        np.array([int(label) for label in stress]),
    )


def chosen_thresholds(of_texts) -> dict:
    """What is right most often, on the sixty messages that are for this; in the middle of those that are as good."""
    rows = work_rows("work_messages_for_thresholds")
    found, (sentiment, emotion, _) = of_texts([row[3] for row in rows]), truths(rows)
    result = {}
    for name, place, truth in (("sentiment_neutral_below", 0, sentiment), ("emotion_none_below", 1, emotion)):
        key = {0: "sentiment", 1: "emotion"}[place]
        values = found[key]
        right = [np.mean(np.where(values.max(1) < t, values.shape[1], values.argmax(1)) == truth) for t in GRID]
        result[name] = round(float(np.median(GRID[np.flatnonzero(right == np.max(right))])), 2)
    return result


def work_scores(of_texts, thresholds: dict) -> dict:
    rows = work_rows("work_messages")
    found, truth = of_texts([row[3] for row in rows]), truths(rows)
    said = labelled(found, thresholds)
    result = {}
    for name, right, chosen, labels in zip(OUTPUTS, truth, said, (SENTIMENTS, EMOTIONS, LABELS["stress"])):
        result[name] = {
            "accuracy": scores.interval(scores.accuracy, right, chosen),
            "macro_f1": scores.interval(scores.macro_f1, right, chosen),
            "recall": scores.recalls(right, chosen, labels),
        }
    return result


def kind_scores(of_texts, thresholds: dict) -> dict:
    """By kind of message, the share of labels that are right: of each head."""
    rows = work_rows("kinds")
    kinds = np.array([row[0] for row in rows])
    truth = truths([row[1:] for row in rows])
    said = labelled(of_texts([row[4] for row in rows]), thresholds)
    return {
        name: {kind: share((right == chosen)[kinds == kind]) for kind in dict.fromkeys(kinds)}
        for name, right, chosen in zip(OUTPUTS, truth, said)
    }


if __name__ == "__main__":
    main()
