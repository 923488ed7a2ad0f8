//! Components of what a person sees in a browser: headers, assets and documentation of the pages, and drawings.
//!
//! Everything is part of this program: no page loads anything from elsewhere, and each says so in its
//! Content-Security-Policy, so that nothing could. No component knows whose data it shows.

mod accept;
pub mod assets;
pub mod chart;
mod docs;
pub mod drawing;
mod error;
pub mod figure;
pub mod form;
pub mod frame;
mod headers;
mod markup;
pub mod part;
mod reference;
pub mod state;
pub mod table;
#[doc(hidden)]
pub mod testing;
pub mod words;

pub use accept::prefers_html;
pub use error::PagesError;
pub use frame::Frame;
pub use headers::secure;
pub use markup::{Link, Markup};

use attune_ground::{Asset, Subject};
use axum::Router;

/// What the components themselves bring to the program.
#[must_use]
pub fn subject<S: Clone + Send + Sync + 'static>() -> Subject<S> {
    Subject { assets: &assets::ASSETS, ..Subject::default() }
}

/// Interactive documentation at `/docs`, a reference at `/redoc`, and the assets of all subjects. `document` is the OpenAPI
/// document as JSON text.
pub fn router<S: Clone + Send + Sync + 'static>(document: &str, assets: &[&'static [Asset]]) -> Router<S> {
    Router::new().merge(assets::router(assets)).merge(docs::router()).merge(reference::router(document))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: [&str; 2] = [docs::PAGE, include_str!("files/reference.html")];

    #[test]
    fn everything_that_the_pages_refer_to_is_there_and_nothing_lies_elsewhere() {
        let frame = Frame::new("a", "", attune_protocol::policy::Profile::Eu).render(&Markup::none()).0;
        let pages = [PAGES[0], PAGES[1], &frame];
        let found = testing::references_that_stand(&pages, &[&assets::ASSETS]);
        assert!(found > 5, "{found} references");
    }

    #[test]
    fn pages_hold_no_script_and_no_style_of_their_own_which_the_policy_would_stop() {
        PAGES.into_iter().for_each(testing::nothing_inline);
    }

    /// The most bytes that the one style sheet of all pages may have, before compression.
    const MOST_OF_THE_LOOK: usize = 28 * 1024;

    #[test]
    fn the_style_sheet_stays_small_and_gives_every_colour_a_name() {
        let look = assets::LOOK;
        assert!(look.len() <= MOST_OF_THE_LOOK, "{} bytes", look.len());
        let rules = look.split_once("* { box-sizing").expect("tokens stand first").1;
        let named = rules.split("@media print").next().expect("rules before those of paper");
        let colours: Vec<&str> = named
            .split('#')
            .skip(1)
            .filter(|rest| rest.bytes().take(3).all(|byte| byte.is_ascii_hexdigit()))
            .map(|rest| &rest[..3])
            .collect();
        assert_eq!(colours, ["fff", "000"], "of codes to photograph only, which are black on white in every theme");
        for token in named.split("var(--").skip(1).filter_map(|rest| rest.split([')', ',', ' ']).next()) {
            assert!(look.contains(&format!("--{token}:")), "--{token} is no token");
        }
    }

    #[tokio::test]
    async fn the_policy_lets_nothing_inline_and_nothing_from_elsewhere_through() {
        use axum::http::header::CONTENT_SECURITY_POLICY;
        use axum::response::IntoResponse;

        let sent = secure(axum::response::Html("").into_response()).await;
        let policy = sent.headers()[CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'), "{policy}");
    }
}
