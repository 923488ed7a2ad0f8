use askama::Template;
use askama::filters::HtmlSafe;

use crate::markup::here;

/// Views of one thing, each a link, so that each has an address of its own.
#[derive(Clone, Debug, Template)]
#[template(
    source = "<nav class=\"tabs\" aria-label=\"{{ label }}\"><ul>{% for (name, href, current) in tabs %}<li>\
              <a href=\"{{ href }}\"{% if *current %} aria-current=\"page\"{% endif %}>{{ name }}</a></li>{% endfor %}</ul></nav>",
    ext = "html"
)]
pub struct Tabs {
    label: String,
    tabs: Vec<(String, String, bool)>,
}

impl HtmlSafe for Tabs {}

impl Tabs {
    /// None yet; the label says of what they are views.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), tabs: Vec::new() }
    }

    /// With one more view.
    #[must_use]
    pub fn tab(mut self, name: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        self.tabs.push((name.into(), here(href.into()), current));
        self
    }
}
