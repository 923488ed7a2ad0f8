use askama::Template;
use askama::filters::HtmlSafe;

use crate::markup::here;

/// How much a button stands out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// What the page is for: one on a page.
    Primary,
    /// What else can be done.
    Quiet,
    /// What can't be undone.
    Dangerous,
    /// One of answers that weigh the same, as consent has them.
    Equal,
}

impl Weight {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Quiet => "button",
            Self::Dangerous => "button dangerous",
            Self::Equal => "button equal",
        }
    }
}

/// A button of a form. Its label says what happens: "Erase my data", not "OK".
#[derive(Clone, PartialEq, Eq, Debug, Template)]
#[template(
    source = "<button type=\"submit\" class=\"{{ weight.class() }}\"{% if !name.is_empty() %} name=\"{{ name }}\" \
              value=\"{{ value }}\"{% endif %}>{{ label }}</button>",
    ext = "html"
)]
pub struct Button {
    label: String,
    weight: Weight,
    name: String,
    value: String,
}

impl HtmlSafe for Button {}

impl Button {
    /// A button of any weight.
    #[must_use]
    pub fn new(label: impl Into<String>, weight: Weight) -> Self {
        Self { label: label.into(), weight, name: String::new(), value: String::new() }
    }

    /// The one that the page is for.
    #[must_use]
    pub fn primary(label: impl Into<String>) -> Self {
        Self::new(label, Weight::Primary)
    }

    /// One beside it.
    #[must_use]
    pub fn quiet(label: impl Into<String>) -> Self {
        Self::new(label, Weight::Quiet)
    }

    /// One that can't be undone.
    #[must_use]
    pub fn dangerous(label: impl Into<String>) -> Self {
        Self::new(label, Weight::Dangerous)
    }

    /// With what is sent when it is this one that is pressed.
    #[must_use]
    pub fn sends(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), ..self }
    }
}

/// A link that looks as a button does: it leads somewhere and changes nothing.
#[derive(Clone, PartialEq, Eq, Debug, Template)]
#[template(source = "<a class=\"{{ weight.class() }}\" href=\"{{ href }}\">{{ label }}</a>", ext = "html")]
pub struct ButtonLink {
    href: String,
    label: String,
    weight: Weight,
}

impl HtmlSafe for ButtonLink {}

impl ButtonLink {
    /// A link to an address on this server.
    #[must_use]
    pub fn new(href: impl Into<String>, label: impl Into<String>, weight: Weight) -> Self {
        Self { href: here(href.into()), label: label.into(), weight }
    }
}
