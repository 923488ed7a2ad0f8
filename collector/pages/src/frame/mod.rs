//! The frame of every page: header with places and account, title and finding, footer with the profile in force.

mod signed;

use askama::Template;
use attune_protocol::policy::Profile;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

pub use signed::{OtherRole, Sensed, SignedIn};

use crate::markup::{Link, Markup, here};
use crate::words::{Words, count, words};

/// The most places that a header has.
pub const MOST_PLACES: usize = 5;

/// A page without its body.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Title of the page, its heading of the first level.
    pub title: String,
    /// The one sentence of finding below it; empty for a page that has none, such as a form.
    pub finding: String,
    /// Where one can go in the role one is in: the first [`MOST_PLACES`] are shown.
    pub places: Vec<Place>,
    /// Who is signed in.
    pub signed_in: Option<SignedIn>,
    /// The profile in force.
    pub profile: Profile,
    /// Whether a form of the page was refused, which its title then says first.
    pub refused: bool,
    /// Where the page before this one is, for pages below others.
    pub back: Option<Link>,
    /// Scripts of the page, names of assets. All of it reads and works without them.
    pub scripts: Vec<&'static str>,
    /// Style sheets of a subject's own, names of assets, on top of the one that all pages have.
    pub styles: Vec<&'static str>,
    /// After how many seconds the page looks again, for work that goes on: in place, or where there are no scripts by loading anew.
    pub again: Option<u32>,
    /// Whether the people of these pages, and what is told of them, are made up.
    pub made_up: bool,
}

/// A place of the header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Name, one or two words.
    pub label: String,
    /// Address on this server.
    pub href: String,
    /// Whether one is there.
    pub current: bool,
}

impl Frame {
    /// A page with a title and a sentence of finding, for nobody who is signed in.
    #[must_use]
    pub fn new(title: impl Into<String>, finding: impl Into<String>, profile: Profile) -> Self {
        Self {
            title: title.into(),
            finding: finding.into(),
            places: Vec::new(),
            signed_in: None,
            profile,
            refused: false,
            back: None,
            scripts: Vec::new(),
            styles: Vec::new(),
            again: None,
            made_up: false,
        }
    }

    /// With one more place.
    #[must_use]
    pub fn place(mut self, label: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        self.places.push(Place { label: label.into(), href: here(href.into()), current });
        self
    }

    /// For somebody who is signed in.
    #[must_use]
    pub fn signed_in(self, who: SignedIn) -> Self {
        Self { signed_in: Some(who), ..self }
    }

    /// Below another page.
    #[must_use]
    pub fn back(self, href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { back: Some(Link::new(href, label)), ..self }
    }

    /// Of people who are made up, or not.
    #[must_use]
    pub fn made_up(self, made_up: bool) -> Self {
        Self { made_up, ..self }
    }

    /// With a form that was refused, or not.
    #[must_use]
    pub fn refused(self, refused: bool) -> Self {
        Self { refused, ..self }
    }

    /// The page with a body: any component, any template of a subject, or several as [`Markup`].
    pub fn render(&self, body: &impl Template) -> Html<String> {
        let layout = Layout { frame: self, body: Markup::of(body), words: words() };
        Html(Markup::of(&layout).into_string())
    }

    /// The page as an answer that nothing between us and the asker keeps, as it may show what concerns a person.
    #[must_use]
    pub fn answer(&self, body: &impl Template) -> Response {
        ([(header::CACHE_CONTROL, "private, no-store")], self.render(body)).into_response()
    }
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a> {
    frame: &'a Frame,
    body: Markup,
    words: &'static Words,
}

impl Layout<'_> {
    fn title(&self) -> String {
        let texts = &self.words.frame;
        let form = if self.frame.refused { &texts.title_with_error } else { &texts.title };
        form.with("title", &self.frame.title)
    }

    fn places(&self) -> &[Place] {
        &self.frame.places[..self.frame.places.len().min(MOST_PLACES)]
    }

    /// What the profile in force means.
    fn profile_means(&self) -> &'static str {
        let profiles = &self.words.frame.profiles;
        match self.frame.profile {
            Profile::Eu => &profiles.eu,
            Profile::Uk => &profiles.uk,
            Profile::Us => &profiles.us,
            Profile::Research => &profiles.research,
        }
    }

    /// How many alerts wait, in words.
    fn alerts(&self, open: &u64) -> String {
        let texts = &self.words.frame;
        if *open > 0 { texts.alerts.of(*open) } else { texts.no_alerts.clone() }
    }

    fn number(&self, n: &u64) -> String {
        count(*n)
    }

    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

#[cfg(test)]
mod tests;
