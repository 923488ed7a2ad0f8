"""Promises of how text is cut up, drawn and labelled."""

import re
import unittest

import numpy as np

from text import alike, made_up, reading
from text.evaluate import EMOTIONS, SENTIMENTS, work_rows
from text.pieces import SPECIAL, Pieces, words
from text.train import BATCH, STRETCH, batches, window

LIST = [*SPECIAL, "un", "##aff", "##able", "i", "'", "m", "cafe", "😀", "hello", ".", "a", "##a", "so"]


def named(text: str) -> list[str]:
    pieces = Pieces(LIST)
    return [pieces.names[number] for number in pieces.of(text)]


class Cutting(unittest.TestCase):
    def test_words_are_cut_into_the_longest_pieces_and_else_unknown(self):
        self.assertEqual(named("Unaffable unaffably"), ["un", "##aff", "##able", "[UNK]"])
        self.assertEqual((len(named("a" * 100)), named("a" * 101)), (100, ["[UNK]"]))

    def test_accents_go_and_signs_stand_alone(self):
        self.assertEqual(named("CAFÉ I'm"), ["cafe", "i", "'", "m"])
        self.assertEqual(words("日本a—b"), ["日", "本", "a", "—", "b"])

    def test_an_emoji_stands_alone_and_an_unknown_one_is_left_out(self):
        self.assertEqual(named("hello😀😀 🙈"), ["hello", "😀", "😀"])

    def test_parts_are_all_of_a_text_and_end_with_sentences(self):
        pieces = Pieces(LIST)
        numbers = pieces.of(("so " * 49 + ". ") * 5)
        found = reading.parts(numbers, pieces)
        self.assertEqual([len(part) for part in found], [100, 100, 50])
        self.assertEqual(sum(found, []), numbers)


class Drawing(unittest.TestCase):
    def test_batches_hold_every_row_once_and_are_not_too_large(self):
        lengths = np.random.default_rng(0).integers(3, 70, 1000)
        found = batches(list(lengths), np.random.default_rng(1))
        self.assertEqual(sorted(np.concatenate(found)), list(range(1000)))
        self.assertTrue(all(len(batch) * lengths[batch].max() <= BATCH * 1.5 for batch in found))

    def test_a_window_is_a_stretch_between_marks(self):
        row = list(range(4, 300))
        found = window(row, np.random.default_rng(2))
        self.assertEqual((found[0], found[-1], len(found)), (2, 3, STRETCH + 2))
        self.assertEqual(np.diff(found[1:-1]).max(), 1)


class Files(unittest.TestCase):
    def test_no_word_shares_two_rows(self):
        all_words = [word for group in alike.alike() for word in group]
        self.assertEqual(len(all_words), len(set(all_words)))

    def test_patterns_have_only_places_that_can_be_filled(self):
        for line in made_up.PATTERNS.read_text().splitlines():
            self.assertLessEqual(set(re.findall(r"{(\w+)}", line)), set(made_up.FILL), line)

    def test_made_up_messages_have_labels_that_there_are(self):
        for name, count in (("work_messages", 300), ("work_messages_for_thresholds", 60)):
            rows = work_rows(name)
            self.assertEqual(len(rows), count)
            self.assertEqual(len({row[3] for row in rows}), count)
            for sentiment, emotion, stress, _ in rows:
                self.assertIn(sentiment, SENTIMENTS)
                self.assertIn(emotion, EMOTIONS)
                self.assertIn(stress, ("0", "1"))

    def test_no_message_that_scores_was_trained_on(self):
        patterns = {row[1].lower() for row in made_up.rows()}
        for name in ("work_messages", "work_messages_for_thresholds", "kinds"):
            self.assertFalse({row[-1].lower() for row in work_rows(name)} & patterns)


if __name__ == "__main__":
    unittest.main()
