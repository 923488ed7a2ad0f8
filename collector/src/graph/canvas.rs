use std::fmt::{self, Write};

/// A length on the drawing, written with one decimal at most.
#[derive(Clone, Copy)]
pub(super) struct Px(pub f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round() as i64;
        if tenths % 10 == 0 { write!(f, "{}", tenths / 10) } else { write!(f, "{}", tenths as f64 / 10.0) }
    }
}

/// The text of a drawing that grows. What is written on it is ours: no text of a person gets here, and none is escaped.
#[derive(Default)]
pub(super) struct Canvas(String);

impl Canvas {
    pub(super) fn finish(self) -> String {
        self.0
    }

    /// Anything at all.
    pub(super) fn put(&mut self, what: fmt::Arguments<'_>) {
        // Writing into a string cannot fail.
        let _ = self.0.write_fmt(what);
    }

    pub(super) fn text(&mut self, class: &str, size: f64, (x, y): (f64, f64), text: &str) {
        let (size, x, y) = (Px(size), Px(x), Px(y));
        // A style of its own, because the sheet's size would go over an attribute.
        self.put(format_args!(
            "<text class=\"{class}\" style=\"font-size:{size}px\" x=\"{x}\" y=\"{y}\">{text}</text>\n"
        ));
    }

    pub(super) fn rect(&mut self, class: &str, (x, y): (f64, f64), width: f64, height: f64) {
        let (x, y, width, height) = (Px(x), Px(y), Px(width), Px(height));
        self.put(format_args!("<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n"));
    }

    pub(super) fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let (x, y, radius) = (Px(x), Px(y), Px(radius));
        self.put(format_args!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>\n"));
    }

    /// A path, left out where it is empty.
    pub(super) fn path(&mut self, class: &str, d: &str) {
        if !d.is_empty() {
            self.put(format_args!("<path class=\"{class}\" d=\"{d}\"/>\n"));
        }
    }

    /// A rectangle that says that there is nothing.
    pub(super) fn hatched(&mut self, (x, y): (f64, f64), width: f64, height: f64) {
        let (x, y, width, height) = (Px(x), Px(y), Px(width), Px(height));
        self.put(format_args!(
            "<rect class=\"gap\" fill=\"url(#gap)\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n"
        ));
    }
}
