use std::fmt::{self, Write};

use super::theme::{Theme, style};

/// A length on the drawing, written with one decimal at most.
#[derive(Clone, Copy, Debug)]
pub struct Px(pub f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round() as i64;
        if tenths % 10 == 0 { write!(f, "{}", tenths / 10) } else { write!(f, "{}", tenths as f64 / 10.0) }
    }
}

/// The text of a drawing that grows. What is written on it is ours: no text of a person gets here, and none is escaped.
#[derive(Debug)]
pub struct Canvas(String);

impl Canvas {
    /// A drawing of a size, with its ground, that says in words what it shows. Without a theme it follows what its viewer
    /// prefers.
    #[must_use]
    pub fn new((width, height): (f64, f64), title: &str, description: &str, theme: Option<Theme>) -> Self {
        let mut canvas = Self(String::new());
        canvas.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">{title}</title>\n\
             <desc id=\"desc\">{description}</desc>\n<style>{}</style>\n\
             <defs><pattern id=\"gap\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><path class=\"hatch\" d=\"M0 0V7\"/></pattern></defs>\n",
            style(theme),
            width = Px(width),
            height = Px(height),
        ));
        canvas.rect("ground", (0.0, 0.0), width, height);
        canvas
    }

    /// The drawing as SVG.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.put(format_args!("</svg>\n"));
        self.0
    }

    /// Anything at all.
    fn put(&mut self, what: fmt::Arguments<'_>) {
        // Writing into a string cannot fail.
        let _ = self.0.write_fmt(what);
    }

    /// A line of text at a place; its class says whether it begins, ends or has its middle there.
    pub fn text(&mut self, class: &str, size: f64, (x, y): (f64, f64), text: &str) {
        let (size, x, y) = (Px(size), Px(x), Px(y));
        // A style of its own, because the sheet's size would go over an attribute.
        self.put(format_args!(
            "<text class=\"{class}\" style=\"font-size:{size}px\" x=\"{x}\" y=\"{y}\">{text}</text>\n"
        ));
    }

    /// A rectangle.
    pub fn rect(&mut self, class: &str, (x, y): (f64, f64), width: f64, height: f64) {
        let (x, y, width, height) = (Px(x), Px(y), Px(width), Px(height));
        self.put(format_args!("<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n"));
    }

    /// A disc around a place.
    pub fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let (x, y, radius) = (Px(x), Px(y), Px(radius));
        self.put(format_args!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>\n"));
    }

    /// A path, left out where it is empty.
    pub fn path(&mut self, class: &str, d: &str) {
        if !d.is_empty() {
            self.put(format_args!("<path class=\"{class}\" d=\"{d}\"/>\n"));
        }
    }

    /// A rectangle that says that there is nothing.
    pub fn hatched(&mut self, (x, y): (f64, f64), width: f64, height: f64) {
        let (x, y, width, height) = (Px(x), Px(y), Px(width), Px(height));
        self.put(format_args!(
            "<rect class=\"gap\" fill=\"url(#gap)\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n"
        ));
    }
}
