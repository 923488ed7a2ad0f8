//! Long messages in parts that the network can take.

use std::ops::Range;

use super::pieces::{Begins, Encoded};

/// Parts of at most `most` pieces, which together are all of the text: each ends before the last sentence that would not fit
/// whole; where none begins in it before the last word that would not, and within a word only where that alone is too long.
pub(super) fn parts(text: &Encoded, most: usize) -> Vec<Range<usize>> {
    let all = text.ids.len();
    let mut parts = Vec::with_capacity(all / most + 1);
    let mut begin = 0;
    while all - begin > most {
        let last = begin + most;
        let cut = |what: Begins| (begin + 1..=last).rev().find(|at| text.begins[*at] >= what);
        let end = cut(Begins::Sentence).or_else(|| cut(Begins::Word)).unwrap_or(last);
        parts.push(begin..end);
        begin = end;
    }
    if begin < all {
        parts.push(begin..all);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(begins: &[Begins]) -> Encoded {
        Encoded { ids: vec![9; begins.len()], begins: begins.to_vec(), words: 0, whole: 0 }
    }

    #[test]
    fn a_text_that_fits_is_one_part_and_nothing_is_none() {
        let whole = parts(&text(&[Begins::Sentence; 5]), 5);
        assert_eq!((whole.len(), &whole[0]), (1, &(0..5)));
        assert!(parts(&text(&[]), 5).is_empty());
    }

    #[test]
    fn a_part_ends_with_a_sentence_else_with_a_word_and_else_where_it_is_full() {
        use Begins::{Nothing, Sentence, Word};
        let sentences = [Sentence, Word, Word, Sentence, Word, Word, Word];
        assert_eq!(parts(&text(&sentences), 5), [0..3, 3..7]);
        let words = [Sentence, Nothing, Word, Nothing, Nothing, Nothing, Word];
        assert_eq!(parts(&text(&words), 5), [0..2, 2..7]);
        let torn = [Sentence, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing];
        assert_eq!(parts(&text(&torn), 3), [0..3, 3..6, 6..7]);
    }

    #[test]
    fn parts_are_all_of_a_text_in_order_and_none_is_too_long() {
        let mut random = fastrand::Rng::with_seed(21);
        for _ in 0..200 {
            let kinds = [Begins::Nothing, Begins::Word, Begins::Sentence];
            let begins: Vec<_> = (0..random.usize(0..600)).map(|_| kinds[random.usize(0..3)]).collect();
            let parts = parts(&text(&begins), 126);
            assert!(parts.iter().all(|part| !part.is_empty() && part.len() <= 126));
            assert_eq!(parts.into_iter().flatten().collect::<Vec<_>>(), (0..begins.len()).collect::<Vec<_>>());
        }
    }
}
