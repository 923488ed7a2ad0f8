//! Reads a QR code (ISO/IEC 18004) that a program printed in half blocks, light on dark. It shares nothing with what draws it, and
//! corrects no errors: what is printed has none.

/// A code without its quiet zone; true is dark.
struct Modules(Vec<Vec<bool>>);

/// The text of the code in what was printed.
///
/// # Panics
/// When there is none, or it is of a size or level that is not read here.
#[must_use]
pub fn text(printed: &str) -> String {
    let modules = Modules::of(printed);
    let (level, mask) = modules.format();
    assert_eq!(level, 0, "level M");
    // Blocks and bytes of data in each, of versions 2 to 6 at level M.
    let (blocks, each) = match modules.size() {
        25 => (1, 28),
        29 => (1, 44),
        33 => (2, 32),
        37 => (2, 43),
        41 => (4, 27),
        size => panic!("a code of {size} modules is not read here"),
    };
    let bits = modules.bits(mask);
    let words: Vec<u8> = bits.chunks_exact(8).map(|byte| number(byte) as u8).collect();
    let data: Vec<u8> =
        (0..blocks).flat_map(|block| (0..each).map(move |n| n * blocks + block)).map(|n| words[n]).collect();
    let bits: Vec<bool> = data.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    segments(&mut bits.into_iter())
}

impl Modules {
    fn of(printed: &str) -> Self {
        let is_drawn =
            |line: &&str| line.contains('\u{2588}') && line.chars().all(|c| " \u{2580}\u{2584}\u{2588}".contains(c));
        let dark = |line: &str, light: [char; 2]| line.chars().map(|c| !light.contains(&c)).collect::<Vec<bool>>();
        let halves = |line| [dark(line, ['\u{2580}', '\u{2588}']), dark(line, ['\u{2584}', '\u{2588}'])];
        let rows: Vec<Vec<bool>> = printed.lines().filter(is_drawn).flat_map(halves).collect();
        let quiet = rows.iter().take_while(|row| !row.contains(&true)).count();
        assert!(quiet >= 4, "a quiet zone of four modules, not {quiet}");
        let size = rows[0].len() - 2 * quiet;
        Self(rows[quiet..quiet + size].iter().map(|row| row[quiet..quiet + size].to_vec()).collect())
    }

    fn size(&self) -> usize {
        self.0.len()
    }

    /// Level and mask.
    fn format(&self) -> (u32, u32) {
        let along = (0..6).chain([7, 8]).map(|column| self.0[8][column]);
        let down = [7].into_iter().chain((0..6).rev()).map(|row| self.0[row][8]);
        let bits: Vec<bool> = along.chain(down).collect();
        let format = number(&bits) ^ 0b101_0100_0001_0010;
        (format >> 13, format >> 10 & 7)
    }

    /// The bits of all words, unmasked, in their order: two columns at a time, from the right, up and down.
    fn bits(&self, mask: u32) -> Vec<bool> {
        let size = self.size();
        let mut bits = Vec::new();
        // The column of the timing pattern belongs to no pair.
        let pairs = (7..size).rev().step_by(2).chain([5, 3, 1]);
        for (pair, right) in pairs.enumerate() {
            for n in 0..size {
                let row = if pair % 2 == 0 { size - 1 - n } else { n };
                for column in [right, right - 1] {
                    if !self.is_pattern(row, column) {
                        bits.push(self.0[row][column] != is_masked(mask, row, column));
                    }
                }
            }
        }
        bits
    }

    /// Whether a module belongs to a pattern or to the format, and not to the words.
    fn is_pattern(&self, row: usize, column: usize) -> bool {
        let (size, centre) = (self.size(), self.size() - 7);
        let (top, left) = (row < 9, column < 9);
        let (bottom, right) = (row >= size - 8, column >= size - 8);
        let corner = (top && (left || right)) || (bottom && left);
        let alignment = row.abs_diff(centre) <= 2 && column.abs_diff(centre) <= 2;
        corner || alignment || row == 6 || column == 6
    }
}

fn is_masked(mask: u32, row: usize, column: usize) -> bool {
    let product = row * column;
    0 == match mask {
        0 => (row + column) % 2,
        1 => row % 2,
        2 => column % 3,
        3 => (row + column) % 3,
        4 => (row / 2 + column / 3) % 2,
        5 => product % 2 + product % 3,
        6 => (product % 2 + product % 3) % 2,
        _ => ((row + column) % 2 + product % 3) % 2,
    }
}

fn number(bits: &[bool]) -> u32 {
    bits.iter().fold(0, |all, &bit| all << 1 | u32::from(bit))
}

/// Text in the three ways that letters of a command line are coded.
fn segments(bits: &mut impl Iterator<Item = bool>) -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut take = |count: usize| number(&bits.by_ref().take(count).collect::<Vec<bool>>());
    let mut text = Vec::new();
    loop {
        match take(4) {
            0 => return String::from_utf8(text).expect("it is text"),
            1 => {
                let mut left = take(10) as usize;
                while left > 0 {
                    let digits = left.min(3);
                    text.extend(format!("{:0digits$}", take([4, 7, 10][digits - 1])).bytes());
                    left -= digits;
                }
            }
            2 => {
                let mut left = take(9);
                while left > 1 {
                    let pair = take(11) as usize;
                    text.extend([LETTERS[pair / 45], LETTERS[pair % 45]]);
                    left -= 2;
                }
                if left == 1 {
                    text.push(LETTERS[take(6) as usize]);
                }
            }
            4 => {
                let count = take(8);
                text.extend((0..count).map(|_| take(8) as u8));
            }
            mode => panic!("segments of mode {mode} are not read here"),
        }
    }
}
