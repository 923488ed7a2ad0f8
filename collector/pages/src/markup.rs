use askama::Template;
use askama::filters::HtmlSafe;

/// HTML that is ready: a template that uses it puts it in as it is.
///
/// It is made from templates only, which escape what is put into them; no text of a person becomes markup by mistake.
#[derive(Clone, PartialEq, Eq, Default, Debug, Template)]
#[template(source = "{{ self.0|safe }}", ext = "html")]
pub struct Markup(String);

impl HtmlSafe for Markup {}

impl Markup {
    /// Nothing yet.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// What a template gives.
    #[must_use]
    pub fn of(template: &impl Template) -> Self {
        Self(template.render().expect("a template of text and numbers, written to memory"))
    }

    /// A paragraph of text.
    #[must_use]
    pub fn paragraph(text: impl Into<String>) -> Self {
        Self::of(&Paragraph { text: text.into() })
    }

    /// A heading of the second level.
    #[must_use]
    pub fn heading(text: impl Into<String>) -> Self {
        Self::of(&Heading { text: text.into() })
    }

    /// Text, escaped.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(&Text { text: text.into() })
    }

    /// With what another template gives behind it.
    #[must_use]
    pub fn with(mut self, template: &impl Template) -> Self {
        self.0.push_str(&Self::of(template).0);
        self.0.push('\n');
        self
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its bytes as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its bytes as text, to be sent.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// What this program has drawn itself, with every text in it escaped already.
    pub(crate) fn drawn(html: String) -> Self {
        Self(html)
    }
}

#[derive(Template)]
#[template(source = "<p class=\"text\">{{ text }}</p>", ext = "html")]
struct Paragraph {
    text: String,
}

#[derive(Template)]
#[template(source = "<h2>{{ text }}</h2>", ext = "html")]
struct Heading {
    text: String,
}

#[derive(Template)]
#[template(source = "{{ text }}", ext = "html")]
struct Text {
    text: String,
}

/// A link: where it leads, and how it is named.
#[derive(Clone, PartialEq, Eq, Debug, Template)]
#[template(source = "<a href=\"{{ href }}\">{{ label }}</a>", ext = "html")]
pub struct Link {
    /// Address on this server, with what stands in it percent-encoded.
    pub href: String,
    /// What stands there.
    pub label: String,
}

impl HtmlSafe for Link {}

impl Link {
    /// A link.
    #[must_use]
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { href: here(href.into()), label: label.into() }
    }
}

/// An address on this server; one that leads elsewhere, or is no address but a script, becomes this page.
///
/// No page links to another host, and addresses that were put together from what somebody sent must not, either.
pub(crate) fn here(href: String) -> String {
    let elsewhere = href.starts_with("//") || href.starts_with("/\\") || href.chars().any(|c| c.is_ascii_control());
    if !elsewhere && href.starts_with(['/', '?', '#']) { href } else { String::from("#") }
}

/// Several parts, one behind the other.
impl FromIterator<Markup> for Markup {
    fn from_iter<I: IntoIterator<Item = Markup>>(parts: I) -> Self {
        let mut all = Self::none();
        for part in parts {
            all.0.push_str(&part.0);
            all.0.push('\n');
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_markup_only_escaped() {
        let hostile = "<img src=x onerror=alert(1)> & \"'";
        for made in [Markup::text(hostile), Markup::paragraph(hostile), Markup::heading(hostile)] {
            assert!(!made.as_str().contains("<img") && made.as_str().contains("&#60;img"), "{made}");
        }
        let link = Markup::of(&Link::new("/a?b=\"><script>", hostile));
        assert!(!link.as_str().contains("<script") && !link.as_str().contains("<img"), "{link}");
    }

    #[test]
    fn a_link_stays_on_this_server() {
        for kept in ["/me", "/me?day=2026-03-03#x", "?cursor=a", "#main"] {
            assert_eq!(Link::new(kept, "x").href, kept);
        }
        for elsewhere in ["javascript:alert(1)", "//evil", "/\\evil", "data:text/html,x", "me", "", "/a\nb"] {
            assert_eq!(Link::new(elsewhere, "x").href, "#", "{elsewhere}");
        }
    }
}
