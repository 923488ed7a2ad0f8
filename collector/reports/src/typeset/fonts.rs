use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// Families, each with a regular and a bold face. They are within the program: what a machine has decides nothing.
const FILES: [[&[u8]; 2]; 3] = [
    [include_bytes!("../../fonts/NotoSans-Regular.ttf"), include_bytes!("../../fonts/NotoSans-Bold.ttf")],
    [include_bytes!("../../fonts/NotoSansArabic-Regular.ttf"), include_bytes!("../../fonts/NotoSansArabic-Bold.ttf")],
    [include_bytes!("../../fonts/NotoSansHebrew-Regular.ttf"), include_bytes!("../../fonts/NotoSansHebrew-Bold.ttf")],
];

/// The family that has Latin, Greek and Cyrillic letters; one bit for each.
pub(super) const LATIN: u8 = 1;

/// The family that has Arabic ones.
pub(super) const ARABIC: u8 = 2;

pub(super) struct Fonts {
    pub(super) book: LazyHash<FontBook>,
    /// Two of each family, in its order.
    pub(super) fonts: Vec<Font>,
}

pub(super) static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let fonts: Vec<Font> = FILES.iter().flatten().filter_map(|file| Font::new(Bytes::new(*file), 0)).collect();
    Fonts { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts }
});

/// Which families have a letter in both faces.
pub(super) fn families(letter: char) -> u8 {
    let has = |font: &Font| font.info().coverage.contains(letter.into());
    let pairs = FONTS.fonts.chunks_exact(2).enumerate();
    pairs.filter(|(_, faces)| faces.iter().all(has)).fold(0, |families, (number, _)| families | (1 << number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fonts_are_read_and_letters_of_their_scripts_are_in_them() {
        assert_eq!(FONTS.fonts.len(), 6);
        let names: Vec<&str> = FONTS.fonts.iter().map(|font| font.info().family.as_str()).collect();
        let of = |name| [name, name];
        assert_eq!(names, [of("Noto Sans"), of("Noto Sans Arabic"), of("Noto Sans Hebrew")].concat());
        for (letter, family) in [('a', LATIN), ('ß', LATIN), ('я', LATIN), ('ω', LATIN), ('ع', ARABIC), ('ש', 4)] {
            assert_eq!(families(letter), family, "{letter}");
        }
        assert_eq!(families('漢'), 0);
        assert_eq!(families(char::REPLACEMENT_CHARACTER), LATIN);
    }
}
