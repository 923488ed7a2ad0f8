"""WordPiece with BERT's lower-cased rules over our own vocabulary, as the runtime has it. Unlike BERT's, an emoji stands
alone, and is left out where it is not known."""

import re
import unicodedata
from functools import lru_cache

PAD, UNKNOWN, FIRST, LAST = range(4)
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
LONGEST_WORD = 100
ASCII_WORD = re.compile(r"[a-z0-9]+|[!-~]")
ASCII_UNSEEN = {code: None for code in range(128) if (code < 32 or code == 127) and chr(code) not in "\t\n\r"}


class Pieces:
    """Pieces of words by number: `names[i]` is number i; `##` marks one that goes on with a word."""

    def __init__(self, names: list[str]):
        assert names[:4] == SPECIAL
        self.names = names
        self.numbers = {name: number for number, name in enumerate(names)}
        assert len(self.numbers) == len(names), "a piece stands twice"
        self.of_word = lru_cache(maxsize=100_000)(self._of_word)

    def of(self, text: str) -> list[int]:
        """Numbers of the pieces of `text`, without first and last mark."""
        return [
            number
            for word in words(text)
            if word in self.numbers or not _picture(ord(word[0]))
            for number in self.of_word(word)
        ]

    def framed(self, text: str, most: int) -> list[int]:
        """The same between the marks, cut to `most` numbers."""
        return [FIRST, *self.of(text)[: most - 2], LAST]

    def _of_word(self, word: str) -> tuple[int, ...]:
        if len(word) > LONGEST_WORD:
            return (UNKNOWN,)
        found, start = [], 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self.numbers.get(prefix + word[start:end])
                if number is not None:
                    break
            else:
                return (UNKNOWN,)
            found.append(number)
            start = end
        return tuple(found)


def words(text: str) -> list[str]:
    """Lower-cased words without accents; punctuation, Chinese characters and emoji stand alone."""
    if text.isascii():
        return ASCII_WORD.findall(text.translate(ASCII_UNSEEN).lower())
    cleaned = "".join(map(_cleaned, text)).lower()
    bare = "".join(c for c in unicodedata.normalize("NFD", cleaned) if unicodedata.category(c) != "Mn")
    return "".join(f" {c} " if _alone(c) else c for c in bare).split()


def _cleaned(c: str) -> str:
    if c in "\t\n\r" or unicodedata.category(c) == "Zs":
        return " "
    dropped = c in "\0\ufffd" or unicodedata.category(c)[0] == "C"
    return "" if dropped else c


def _alone(c: str) -> bool:
    code = ord(c)
    ascii_mark = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return ascii_mark or unicodedata.category(c)[0] == "P" or _chinese(code) or _picture(code)


def _picture(code: int) -> bool:
    return code in (0xA9, 0xAE) or any(
        low <= code <= high
        for low, high in (
            (0x2190, 0x21FF), (0x2300, 0x2307), (0x230C, 0x2328), (0x232B, 0x23FF), (0x2500, 0x2767),
            (0x2776, 0x27BF), (0x2900, 0x297F), (0x2B00, 0x2BFF), (0x1F000, 0x1FAFF),
        )
    )


def _chinese(code: int) -> bool:
    return any(
        low <= code <= high
        for low, high in (
            (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
            (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
        )
    )
