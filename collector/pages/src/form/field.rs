use super::kind::{Choice, Kind, TextKind};
use crate::words::words;

/// Whether a field has to be filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Need {
    Required,
    /// It may be left empty, and says so.
    Optional,
    /// As above, which goes without saying.
    Free,
}

/// A field of a form, with its label.
#[derive(Clone, Debug)]
pub struct Field {
    name: String,
    label: String,
    hint: String,
    error: Option<String>,
    kind: Kind,
    need: Need,
    autocomplete: String,
    /// The most characters; 0 for no bound.
    most: u32,
}

impl Field {
    /// A field of any kind, under the name that is sent.
    #[must_use]
    pub fn new(name: impl Into<String>, label: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            hint: String::new(),
            error: None,
            kind,
            need: Need::Required,
            autocomplete: String::new(),
            most: 0,
        }
    }

    /// A line of text.
    #[must_use]
    pub fn text(name: impl Into<String>, label: impl Into<String>, kind: TextKind) -> Self {
        Self::new(name, label, Kind::Text { kind, value: String::new() })
    }

    /// Several lines of text.
    #[must_use]
    pub fn lines(name: impl Into<String>, label: impl Into<String>, rows: u8) -> Self {
        Self::new(name, label, Kind::Lines { rows, value: String::new() })
    }

    /// A password; `autocomplete` is `current-password` or `new-password`.
    #[must_use]
    pub fn password(name: impl Into<String>, label: impl Into<String>, autocomplete: &str) -> Self {
        Self::new(name, label, Kind::Password).autocomplete(autocomplete)
    }

    /// A one-time code of digits.
    #[must_use]
    pub fn code(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::text(name, label, TextKind::Digits).autocomplete("one-time-code")
    }

    /// One of a long list.
    #[must_use]
    pub fn select(name: impl Into<String>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Kind::Select { choices, chosen: String::new() })
    }

    /// One of a few.
    #[must_use]
    pub fn radios(name: impl Into<String>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Kind::Radios { choices, chosen: String::new() })
    }

    /// Any of a few.
    #[must_use]
    pub fn checks(name: impl Into<String>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Kind::Checks { choices, chosen: Vec::new() })
    }

    /// Yes, or nothing.
    #[must_use]
    pub fn check(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Kind::Check { is_set: false })
    }

    /// A file; `accept` as in [`Kind::File`].
    #[must_use]
    pub fn file(name: impl Into<String>, label: impl Into<String>, accept: impl Into<String>) -> Self {
        Self::new(name, label, Kind::File { accept: accept.into() })
    }

    /// With a hint below the label.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// One that may be left empty, which its label says.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { need: Need::Optional, ..self }
    }

    /// With what a browser may fill in, as HTML names it.
    #[must_use]
    pub fn autocomplete(self, what: &str) -> Self {
        Self { autocomplete: what.into(), ..self }
    }

    /// With at most so many characters.
    #[must_use]
    pub fn at_most(self, most: u32) -> Self {
        Self { most, ..self }
    }

    /// With a value that stands there, or is chosen.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        self.set(vec![value]);
        self
    }

    /// One of a filter: each of them may be left empty, and none says so.
    pub(super) fn free(self) -> Self {
        Self { need: Need::Free, ..self }
    }

    /// Keeps what was typed under its name.
    pub(super) fn keep(&mut self, typed: &[(&str, &str)]) {
        let own: Vec<&str> = typed.iter().filter(|(name, _)| *name == self.name).map(|(_, value)| *value).collect();
        // A browser sends nothing of boxes that are not set, and something of every other field.
        if !own.is_empty() || matches!(self.kind, Kind::Checks { .. } | Kind::Check { .. }) {
            self.set(own);
        }
    }

    fn set(&mut self, values: Vec<&str>) {
        let first = values.first().copied().unwrap_or_default();
        match &mut self.kind {
            Kind::Text { value, .. } | Kind::Lines { value, .. } => *value = first.into(),
            Kind::Select { chosen, .. } | Kind::Radios { chosen, .. } => *chosen = first.into(),
            Kind::Checks { chosen, .. } => *chosen = values.into_iter().map(str::to_owned).collect(),
            Kind::Check { is_set } => *is_set = first == "yes",
            Kind::Password | Kind::File { .. } => {}
        }
    }

    pub(super) fn refuse(&mut self, message: String) {
        self.error = Some(message);
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Its label, which says where it may be left empty; of a box that goes without saying.
    pub(super) fn label(&self) -> String {
        let says = self.need == Need::Optional && !matches!(self.kind, Kind::Check { .. });
        if says { words().form.optional.with("label", &self.label) } else { self.label.clone() }
    }

    /// The id of its control, or of the group of them.
    pub(super) fn id(&self, form: &str) -> String {
        format!("{form}-{}", self.name)
    }

    /// Where a link to it leads: its control, or the first of them.
    pub(super) fn first_control(&self, form: &str) -> String {
        let is_group = matches!(self.kind, Kind::Radios { .. } | Kind::Checks { .. });
        if is_group { format!("{}-1", self.id(form)) } else { self.id(form) }
    }

    /// The ids of what describes it.
    pub(super) fn described_by(&self, form: &str) -> String {
        let id = self.id(form);
        let hint = (!self.hint.is_empty()).then(|| format!("{id}-hint"));
        let error = self.error.is_some().then(|| format!("{id}-error"));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn hint_text(&self) -> &str {
        &self.hint
    }

    /// Whether a list has an answer for nothing already.
    pub(super) fn has_empty_choice(&self) -> bool {
        matches!(&self.kind, Kind::Select { choices, .. } if choices.iter().any(|choice| choice.value.is_empty()))
    }

    pub(super) fn is_required(&self) -> bool {
        self.need == Need::Required
    }

    pub(super) fn fills_in(&self) -> &str {
        &self.autocomplete
    }

    pub(super) const fn most(&self) -> u32 {
        self.most
    }
}
