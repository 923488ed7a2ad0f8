use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use super::layout::WIDTH;
use super::picture::{HEIGHT, Picture, svg};
use super::theme::Theme;
use crate::CollectorError;

/// Widths that a PNG may have, pixels.
pub const PNG_WIDTHS: RangeInclusive<u32> = 320..=1920;

/// The fonts that stand in this program: a machine needs none of its own.
const FONTS: [&[u8]; 2] =
    [include_bytes!("font/Inter-Regular-subset.ttf"), include_bytes!("font/Inter-SemiBold-subset.ttf")];

/// The picture of a session as PNG, `width` pixels wide; a width outside of [`PNG_WIDTHS`] is brought into it.
///
/// # Errors
/// When there is no memory for the pixels.
pub fn png(picture: &Picture<'_>, theme: Theme, width: u32) -> Result<Vec<u8>, CollectorError> {
    let width = width.clamp(*PNG_WIDTHS.start(), *PNG_WIDTHS.end());
    let failed = |what: &dyn std::fmt::Display| CollectorError::Picture(what.to_string());
    let options = Options { fontdb: fonts(), ..Options::default() };
    let tree = Tree::from_str(&svg(picture, Some(theme)), &options).map_err(|e| failed(&e))?;
    let scale = f64::from(width) / WIDTH;
    let height = (HEIGHT * scale).round() as u32;
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| failed(&"no memory for the pixels"))?;
    resvg::render(&tree, Transform::from_scale(scale as f32, scale as f32), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| failed(&e))
}

fn fonts() -> Arc<Database> {
    static LOADED: OnceLock<Arc<Database>> = OnceLock::new();
    let load = || {
        let mut fonts = Database::new();
        FONTS.into_iter().for_each(|font| fonts.load_font_data(font.to_vec()));
        Arc::new(fonts)
    };
    Arc::clone(LOADED.get_or_init(load))
}
