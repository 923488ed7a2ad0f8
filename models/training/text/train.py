"""Trains the text network: first on emotion and sentiment, then on all, once for each fold of the stress posts, for the
scores, and once on all posts, for shipping. The two parts are runs of their own: `text_begun`, then `text_fold0` to
`text_fold4` and `text`."""

import numpy as np
import torch
from torch.nn import functional

from common.cli import training_parser
from common.run import Run, averaged_model, seed_everything
from text import data, vocabulary
from text.network import LONGEST, OUTPUTS, TextNet, begin
from text.pieces import FIRST, LAST, PAD, UNKNOWN
from text.strangers import Strangers

# Pieces in a batch, padding included.
BATCH = 768
# Share of pieces hidden from the network, so that it leans on none alone.
HIDDEN = 0.06
# Of long texts some stretch of so many pieces is trained on at a time.
STRETCH = 72
# Share of the rows that an epoch draws: what the first part has taught needs only to be kept.
DRAWN = {"emotion": 0.35, "sentiment": 1.0, "stress": 1.0, "made up": 1.0}


def main() -> None:
    parser = training_parser(__doc__, epochs=4)
    parser.add_argument("--parts", nargs="*", default=["begun", *map(str, range(data.FOLDS)), "all"])
    arguments = parser.parse_args()
    rows = data.load(arguments.data)
    words = vocabulary.load(list(rows.texts[rows.part == "train"]))
    name = arguments.run or "text"
    for part in arguments.parts:
        seed_everything(arguments.seed + (int(part) if part.isdigit() else 0), arguments.threads)
        network = TextNet(words.rows, len(words.embedding))
        begun = f"{name}_begun"
        if part == "begun":
            begin(network, words.embedding, sample(rows, words))
            train = rows.select((rows.part == "train") & (rows.task != "stress"))
            run_training(begun, network, words, train, rows, arguments, 1.0, None)
        else:
            averaged_model(arguments.start_from or begun, network)
            fold = int(part) if part.isdigit() else -2
            train = rows.select(np.isin(rows.part, ("train", "made up")) & (rows.fold != fold))
            run_training(run_name(name, fold), network, words, train, rows, arguments, 0.5, DRAWN)


def run_name(name: str, fold: int) -> str:
    return f"{name}_fold{fold}" if fold >= 0 else name


def sample(rows: data.Rows, words: vocabulary.Vocabulary) -> torch.Tensor:
    """Pieces of some texts of each kind, by which units are chosen."""
    some = np.concatenate([
        np.random.default_rng(0).permutation(np.flatnonzero((rows.task == task) & (rows.part == "train")))[:count]
        for task, count in (("emotion", 200), ("sentiment", 200), ("stress", 60))
    ])
    return padded([words.pieces.framed(text, LONGEST) for text in rows.texts[some]])


def run_training(name, network, words, train: data.Rows, rows: data.Rows, arguments, pace: float, drawn) -> None:
    if drawn is not None:
        # Few rows have many of the words; what the embedding has learnt by then stays.
        network.embedding.requires_grad_(False)
    groups = network.groups()
    for group in groups:
        group["lr"] *= pace
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    run = Run(name, network, optimizer, epochs=arguments.epochs, minutes=arguments.minutes, average=0.99)
    tested = [rows.select((rows.task == task) & (rows.part == "dev")) for task in ("emotion", "sentiment")]
    numbers, strangers = [words.pieces.of(text) for text in train.texts], Strangers(words.pieces)
    while not run.finished():
        random = np.random.default_rng([arguments.seed, run.epoch])
        rest = np.arange(len(numbers)) if drawn is None else some_of(train, drawn, random)
        given = [strangers.put(numbers[i], random) for i in rest]
        loss = train_epoch(run, network, train.select(rest), given, random)
        figures = {}
        for part in tested:
            found = predict(run.averaged.module, words, part.texts)[part.task[0]]
            figures[part.task[0]] = float(np.mean(found.argmax(1) == part.truth))
        run.end_epoch(loss=loss, **figures)


def train_epoch(run: Run, network: TextNet, train: data.Rows, numbers: list, random: np.random.Generator) -> float:
    network.train()
    losses = []
    shortened = [window(row, random) for row in numbers]
    for batch in run.steps(batches([len(row) for row in shortened], random)):
        pieces = padded([shortened[i] for i in batch])
        hidden = (torch.rand(pieces.shape) < HIDDEN) & (pieces != PAD) & (pieces != FIRST) & (pieces != LAST)
        loss = cost(network(pieces.masked_fill(hidden, UNKNOWN)), train, batch)
        loss.backward()
        losses.append(loss.item())
    return float(np.mean(losses))


def some_of(train: data.Rows, drawn: dict, random: np.random.Generator) -> np.ndarray:
    """The rows of an epoch."""
    kind = np.where(train.part == "made up", "made up", train.task)
    share = np.array([drawn[name] for name in kind])
    return np.flatnonzero(random.random(len(kind)) < share)


def window(row: list[int], random: np.random.Generator) -> list[int]:
    """The piece numbers between the marks; of a long text some stretch of it."""
    first = random.integers(0, max(1, len(row) - STRETCH + 1))
    return [FIRST, *row[first : first + STRETCH], LAST]


def batches(lengths: list[int], random: np.random.Generator) -> list[np.ndarray]:
    """All rows once, in batches of like length."""
    lengths = np.array(lengths)
    order = np.argsort(lengths + random.uniform(0, 4, len(lengths)))
    result, batch = [], []
    for row in order:
        if (len(batch) + 1) * lengths[row] > BATCH and batch:
            result.append(np.array(batch))
            batch = []
        batch.append(row)
    result.append(np.array(batch))
    return [result[i] for i in random.permutation(len(result))]


def padded(rows: list[list[int]]) -> torch.Tensor:
    result = torch.full((len(rows), max(map(len, rows))), PAD)
    for i, row in enumerate(rows):
        result[i, : len(row)] = torch.tensor(row)
    return result


def cost(logits: tuple, train: data.Rows, batch: np.ndarray) -> torch.Tensor:
    """Mean cross-entropy over the batch's rows, each of its own head."""
    total = 0.0
    for (task, size), found in zip(OUTPUTS.items(), logits):
        rows = np.flatnonzero(train.task[batch] == task)
        if len(rows):
            wanted = torch.from_numpy(train.target[batch[rows], :size])
            total = total + functional.cross_entropy(found[rows], wanted, label_smoothing=0.05, reduction="sum")
    return total / len(batch)


def predict(network: TextNet, words: vocabulary.Vocabulary, texts) -> dict[str, np.ndarray]:
    """Logits of each head [n, ...] by the first 126 pieces of each text."""
    network.eval()
    numbers = [words.pieces.framed(text, LONGEST) for text in texts]
    order = np.argsort([len(row) for row in numbers])
    found = {name: np.zeros((len(numbers), size), np.float32) for name, size in OUTPUTS.items()}
    with torch.no_grad():
        for some in np.array_split(order, max(1, len(order) // 64)):
            for name, logits in zip(OUTPUTS, network(padded([numbers[i] for i in some]))):
                found[name][some] = logits.numpy()
    return found


if __name__ == "__main__":
    main()
