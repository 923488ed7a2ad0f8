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

/// The text of a drawing that grows. What is written on it is escaped.
#[derive(Debug)]
pub struct Canvas {
    svg: String,
    /// What its ids begin with, for a drawing that is part of a page: it has the page's style, and none of its own.
    within: Option<String>,
}

impl Canvas {
    /// A drawing of a size, with its ground, that says in words what it shows. Without a theme it follows what its viewer
    /// prefers.
    #[must_use]
    pub fn new((width, height): (f64, f64), title: &str, description: &str, theme: Option<Theme>) -> Self {
        let mut canvas = Self { svg: String::new(), within: None };
        canvas.begin((width, height), "", title, description);
        canvas.put(format_args!("<style>{}</style>\n", style(theme)));
        canvas.ground((width, height));
        canvas
    }

    /// A drawing that is part of a page, which gives it its colours; `id` is what its ids begin with, letters, digits and
    /// hyphens.
    #[must_use]
    pub fn within((width, height): (f64, f64), id: &str, title: &str, description: &str) -> Self {
        let mut canvas = Self { svg: String::new(), within: Some(format!("{id}-")) };
        canvas.begin((width, height), &format!("{id}-"), title, description);
        canvas.ground((width, height));
        canvas
    }

    fn begin(&mut self, (width, height): (f64, f64), id: &str, title: &str, description: &str) {
        self.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"{id}title {id}desc\">\n<title id=\"{id}title\">{title}</title>\n\
             <desc id=\"{id}desc\">{description}</desc>\n",
            width = Px(width),
            height = Px(height),
            title = Escaped(title),
            description = Escaped(description),
        ));
    }

    fn ground(&mut self, (width, height): (f64, f64)) {
        let id = self.within.clone().unwrap_or_default();
        self.put(format_args!(
            "<defs><pattern id=\"{id}gap\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><path class=\"hatch\" d=\"M0 0V7\"/></pattern>"
        ));
        if self.within.is_some() {
            self.put(format_args!(
                "<pattern id=\"{id}withheld\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
                 <path class=\"hatch\" d=\"M0 3H6M3 0V6\"/></pattern>"
            ));
        }
        self.put(format_args!("</defs>\n"));
        self.rect("ground", (0.0, 0.0), width, height);
    }

    /// The drawing as SVG.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.put(format_args!("</svg>\n"));
        self.svg
    }

    /// Anything at all.
    fn put(&mut self, what: fmt::Arguments<'_>) {
        // Writing into a string cannot fail.
        let _ = self.svg.write_fmt(what);
    }

    /// A line of text at a place; its class says whether it begins, ends or has its middle there.
    pub fn text(&mut self, class: &str, size: f64, (x, y): (f64, f64), text: &str) {
        let (size, x, y, text) = (Px(size), Px(x), Px(y), Escaped(text));
        if self.within.is_some() {
            self.put(format_args!("<text class=\"{class}\" font-size=\"{size}\" x=\"{x}\" y=\"{y}\">{text}</text>\n"));
        } else {
            // A style of its own, because the sheet's size would go over an attribute.
            self.put(format_args!(
                "<text class=\"{class}\" style=\"font-size:{size}px\" x=\"{x}\" y=\"{y}\">{text}</text>\n"
            ));
        }
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
        let id = self.within.clone().unwrap_or_default();
        self.put(format_args!(
            "<rect class=\"gap\" fill=\"url(#{id}gap)\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n"
        ));
    }

    /// A rectangle that says that there is nothing, and why, to who points at it. What is withheld has another hatch.
    pub fn hatched_because(&mut self, withheld: bool, (x, y): (f64, f64), (width, height): (f64, f64), why: &str) {
        let (x, y, width, height) = (Px(x), Px(y), Px(width), Px(height));
        let id = self.within.clone().unwrap_or_default();
        let pattern = if withheld && self.within.is_some() { "withheld" } else { "gap" };
        self.put(format_args!(
            "<rect class=\"gap\" fill=\"url(#{id}{pattern})\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\">\
             <title>{}</title></rect>\n",
            Escaped(why)
        ));
    }
}

/// Text that stands within an element or an attribute.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                letter if letter.is_control() => f.write_char(' ')?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}
