//! Components of what a person sees in a browser: headers, assets and documentation of the pages, and drawings.
//!
//! Everything is part of this program: no page loads anything from elsewhere, and each says so in its
//! Content-Security-Policy, so that nothing could. No component knows whose data it shows.

mod accept;
pub mod assets;
mod docs;
pub mod drawing;
mod error;
pub mod form;
pub mod frame;
mod headers;
mod markup;
mod reference;
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
        let found = testing::references_that_stand(&PAGES, &[&assets::ASSETS]);
        assert!(found > 5, "{found} references");
    }

    #[test]
    fn pages_hold_no_script_and_no_style_of_their_own_which_the_policy_would_stop() {
        PAGES.into_iter().for_each(testing::nothing_inline);
    }
}
