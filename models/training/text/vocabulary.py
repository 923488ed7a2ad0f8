"""Which pieces the network knows, and which of them share a row of its embedding.

Kept of MiniLM's 30,522 pieces: those that the training text has, all single letters, and the most frequent others (its
list is in order of frequency). Added: names, words for groups of people, and emoji, whole; of these many share a row.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from text import start
from text.alike import alike
from text.pieces import SPECIAL, Pieces

WORDS, PARTS = 11_000, 3_000
MARKS = set("£€…–—‘’“”«»°·•§±×÷½¼¾²³™®©¿¡")


@dataclass
class Vocabulary:
    """`pieces`; `rows` i64 [pieces], the row of each; `embedding` f32 [rows, 384] to begin with."""

    pieces: Pieces
    rows: np.ndarray
    embedding: np.ndarray


def load(texts: list[str]) -> Vocabulary:
    """The vocabulary for training on `texts`."""
    theirs = start.vocabulary()
    table = start.weights()["embeddings.word_embeddings.weight"]
    number = {piece: i for i, piece in enumerate(theirs)}
    names, rows, embedding = [], [], []

    def row(values: np.ndarray) -> int:
        embedding.append(values)
        return len(embedding) - 1

    def put(piece: str, of_row: int) -> None:
        names.append(piece)
        rows.append(of_row)

    shared = alike()
    taken = {word for group in shared for word in group}
    for piece in SPECIAL + kept(theirs, texts, taken):
        put(piece, row(table[number[piece]]))
    for group in shared:
        known = [table[number[word]] for word in group if word in number]
        of_row = row(central(known, table))
        for word in group:
            put(word, of_row)
            if not word.isascii():
                put("##" + word, of_row)
    for line in (Path(__file__).parent / "emoji.tsv").read_text().splitlines():
        sign, meaning = line.split("\t")
        of_row = row(central([table[number[word]] for word in meaning.split() if word in number], table))
        put(sign, of_row)
        put("##" + sign, of_row)
    return Vocabulary(Pieces(names), np.array(rows), np.stack(embedding).astype(np.float32))


def kept(theirs: list[str], texts: list[str], taken: set[str]) -> list[str]:
    """MiniLM's pieces that stay, in its order."""
    special = [piece for piece in theirs if piece.startswith("[") and len(piece) > 1 and piece not in SPECIAL]
    whole = Pieces(SPECIAL + [piece for piece in theirs if piece not in SPECIAL + special])
    used = {whole.names[i] for text in texts for i in whole.of(text)}
    result, words, parts = [], 0, 0
    for piece in theirs:
        bare = piece.removeprefix("##")
        if piece in special or piece in SPECIAL or piece in taken:
            continue
        if not all(c.isascii() or c in MARKS for c in bare):
            continue
        wanted = piece in used or len(bare) == 1
        if piece.startswith("##"):
            wanted, parts = wanted or parts < PARTS, parts + 1
        else:
            wanted, words = wanted or words < WORDS, words + 1
        if wanted:
            result.append(piece)
    return result


def central(known: list[np.ndarray], table: np.ndarray) -> np.ndarray:
    """The mean of rows, as long as a row usually is."""
    mean = np.mean(known, 0) if known else table.mean(0)
    return mean / np.linalg.norm(mean) * np.linalg.norm(table[1996:], axis=1).mean()
