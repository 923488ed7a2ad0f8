/// The colour of reports of an organisation that has none.
const USUAL: [u8; 3] = [0x1f, 0x4e, 0x79];

/// How much darker than white a text has to be: WCAG 2.2, 1.4.3.
const CONTRAST: f64 = 4.5;

/// A colour in which text on white can be read: the organisation's, darkened as far as it takes.
pub(crate) fn legible(colour: Option<[u8; 3]>) -> [u8; 3] {
    let mut colour = colour.unwrap_or(USUAL);
    while contrast(colour) < CONTRAST {
        colour = colour.map(|part| (f64::from(part) * 0.9) as u8);
    }
    colour
}

/// Against white, by WCAG's relative luminance.
fn contrast(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_colour_an_organisation_has_its_headings_can_be_read() {
        for colour in [None, Some([255, 255, 255]), Some([255, 255, 0]), Some([1, 255, 1]), Some([0, 0, 0])] {
            assert!(contrast(legible(colour)) >= CONTRAST, "{colour:?}");
        }
    }

    #[test]
    fn a_colour_that_can_be_read_stays_as_it_is() {
        assert_eq!(legible(Some([10, 20, 120])), [10, 20, 120]);
    }
}
