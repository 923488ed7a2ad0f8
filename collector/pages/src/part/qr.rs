use askama::Template;
use askama::filters::HtmlSafe;
use qrcode::{Color, EcLevel, QrCode};

/// Quiet modules around a code, as the standard asks.
const QUIET: usize = 4;

/// A code to photograph, with the same as text beside it for who can't. Black on white in every theme, as cameras want it.
#[derive(Clone, Debug, Template)]
#[template(path = "qr.html")]
pub struct Qr {
    title: String,
    text: String,
    hint: String,
    /// Side with the quiet modules, modules; and the dark ones as one path.
    drawing: Option<(usize, String)>,
}

impl HtmlSafe for Qr {}

impl Qr {
    /// A code that carries a text. One too long for a code (over about 2 kB) stands there as text alone.
    #[must_use]
    pub fn new(title: impl Into<String>, text: impl Into<String>, hint: impl Into<String>) -> Self {
        let text = text.into();
        let drawing = QrCode::with_error_correction_level(&text, EcLevel::M).ok().map(|code| draw(&code));
        Self { title: title.into(), text, hint: hint.into(), drawing }
    }
}

/// The dark modules, each run of a row as one stroke.
fn draw(code: &QrCode) -> (usize, String) {
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|module| **module == Color::Dark).count();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
            }
            x += run.max(1);
        }
    }
    (width + 2 * QUIET, path)
}
