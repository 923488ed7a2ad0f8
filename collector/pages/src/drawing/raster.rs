use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use crate::PagesError;

/// Widths that a PNG may have, pixels.
pub const PNG_WIDTHS: RangeInclusive<u32> = 320..=1920;

/// The fonts that stand in this program: a machine needs none of its own.
const FONTS: [&[u8]; 2] =
    [include_bytes!("font/Inter-Regular-subset.ttf"), include_bytes!("font/Inter-SemiBold-subset.ttf")];

/// A drawing as PNG, `width` pixels wide; a width outside of [`PNG_WIDTHS`] is brought into it.
///
/// # Errors
/// When it is no SVG, or there is no memory for the pixels.
pub fn png(svg: &str, width: u32) -> Result<Vec<u8>, PagesError> {
    let width = width.clamp(*PNG_WIDTHS.start(), *PNG_WIDTHS.end());
    let failed = |what: &dyn std::fmt::Display| PagesError::Picture(what.to_string());
    let options = Options { fontdb: fonts(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|e| failed(&e))?;
    let scale = f64::from(width) / f64::from(tree.size().width());
    let height = (f64::from(tree.size().height()) * scale).round() as u32;
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
