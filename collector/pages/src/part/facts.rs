use askama::Template;
use askama::filters::HtmlSafe;

use crate::markup::Markup;

/// A list of descriptions: what, and how it is.
#[derive(Clone, Default, Debug, Template)]
#[template(
    source = "<dl class=\"facts\">{% for (what, how) in rows %}<div><dt>{{ what }}</dt><dd>{{ how }}</dd></div>{% endfor %}</dl>",
    ext = "html"
)]
pub struct Facts {
    rows: Vec<(String, Markup)>,
}

impl HtmlSafe for Facts {}

impl Facts {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more, in text.
    #[must_use]
    pub fn fact(self, what: impl Into<String>, how: impl Into<String>) -> Self {
        self.with(what, &Markup::text(how))
    }

    /// With one more that is a component: an instant, a link.
    #[must_use]
    pub fn with(mut self, what: impl Into<String>, how: &impl Template) -> Self {
        self.rows.push((what.into(), Markup::of(how)));
        self
    }
}
