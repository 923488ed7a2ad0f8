"""Names that nobody has: put into training texts, so that a name which the network reads in pieces tells it no more than one
that it knows whole."""

import numpy as np

from text.alike import alike
from text.pieces import Pieces

HEADS = "b ch d f g h j k kh l m n ng nk p q r s sh t th ts v w x y z zh br dr kr mb nd st ndl".split()
MIDDLES = "a aa ai e ei i ie o oa ou u ua y".split()
TAILS = ["", "", "", "n", "r", "s", "l", "m", "k", "sz", "th", "ng", "ssen", "ovic", "sk", "wa"]
COUNT = 3000
# Share of the known names that a stranger takes the place of, and of texts that get one put in.
TAKEN, PUT_IN = 0.5, 0.3


class Strangers:
    def __init__(self, pieces: Pieces):
        random = np.random.default_rng(11)
        self.known = {pieces.numbers[name] for name in alike()[0]}
        self.some_known = np.array(sorted(self.known))
        made = (pieces.of_word(invented(random)) for _ in range(COUNT))
        self.names = [list(name) for name in made if len(name) > 1 and not self.known & set(name)]

    def put(self, row: list[int], random: np.random.Generator) -> list[int]:
        """The piece numbers `row` with strangers in place of some known names, and sometimes one more name."""
        result = []
        for number in row:
            taken = number in self.known and random.random() < TAKEN
            result.extend(self.one(random) if taken else [number])
        if random.random() < PUT_IN:
            place = int(random.integers(0, len(result) + 1))
            one_more = self.one(random) if random.random() < 0.7 else [int(random.choice(self.some_known))]
            result[place:place] = one_more
        return result

    def one(self, random: np.random.Generator) -> list[int]:
        return self.names[random.integers(len(self.names))]


def invented(random: np.random.Generator) -> str:
    syllables = random.integers(2, 4)
    return "".join(f"{random.choice(HEADS)}{random.choice(MIDDLES)}" for _ in range(syllables)) + str(random.choice(TAILS))
