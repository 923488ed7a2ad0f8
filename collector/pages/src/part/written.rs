use askama::Template;
use askama::filters::HtmlSafe;

/// What somebody wrote: by whom and when, its lines, and a note that is not of it.
#[derive(Clone, Debug, Template)]
#[template(
    source = "<article class=\"card\"><h2>{{ title }}</h2>\
              {% for line in lines %}<p class=\"text\">{{ line }}</p>{% endfor %}\
              {% if !note.is_empty() %}<p class=\"note\">{{ note }}</p>{% endif %}</article>",
    ext = "html"
)]
pub struct Written {
    title: String,
    lines: Vec<String>,
    note: String,
}

impl HtmlSafe for Written {}

impl Written {
    /// A text, a paragraph for each line of it that is not blank.
    #[must_use]
    pub fn new(title: impl Into<String>, text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
        Self { title: title.into(), lines, note: String::new() }
    }

    /// With what there is to say of it.
    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }
}
