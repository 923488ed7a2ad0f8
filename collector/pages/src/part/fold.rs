use askama::Template;
use askama::filters::HtmlSafe;

use crate::markup::Markup;

/// What is folded away until it is asked for: how something is computed, the numbers of a chart.
#[derive(Clone, Debug, Template)]
#[template(source = "<details class=\"fold\"><summary>{{ title }}</summary>{{ body }}</details>", ext = "html")]
pub struct Fold {
    title: String,
    body: Markup,
}

impl HtmlSafe for Fold {}

impl Fold {
    /// A title that is seen, and what it unfolds.
    #[must_use]
    pub fn new(title: impl Into<String>, body: &impl Template) -> Self {
        Self { title: title.into(), body: Markup::of(body) }
    }
}
