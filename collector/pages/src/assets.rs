//! The files that pages are made of, each part of this program.

use attune_ground::Asset;
use attune_ground::http::{Path, Problem};
use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Content type of a script.
pub const SCRIPT: &str = "text/javascript; charset=utf-8";
/// Content type of a style sheet.
pub const STYLE: &str = "text/css; charset=utf-8";

/// The one style sheet of all pages in the frame.
pub(super) const LOOK: &str = concat!(
    include_str!("files/base.css"),
    include_str!("files/look/frame.css"),
    include_str!("files/look/form.css"),
    include_str!("files/look/part.css"),
    include_str!("files/look/table.css"),
    include_str!("files/look/figure.css"),
    include_str!("files/look/chart.css"),
    include_str!("files/look/print.css"),
);

/// What the pages of every subject are made of.
pub static ASSETS: [Asset; 9] = [
    Asset { name: "base.css", kind: STYLE, content: include_bytes!("files/base.css") },
    Asset { name: "content.css", kind: STYLE, content: include_bytes!("files/content.css") },
    Asset { name: "docs.css", kind: STYLE, content: include_bytes!("files/docs.css") },
    Asset { name: "docs.js", kind: SCRIPT, content: include_bytes!("files/docs.js") },
    Asset { name: "dom.js", kind: SCRIPT, content: include_bytes!("files/dom.js") },
    Asset { name: "icon.svg", kind: "image/svg+xml", content: include_bytes!("files/icon.svg") },
    Asset { name: "look.css", kind: STYLE, content: LOOK.as_bytes() },
    Asset { name: "passkey.js", kind: SCRIPT, content: include_bytes!("files/passkey.js") },
    Asset { name: "reference.css", kind: STYLE, content: include_bytes!("files/reference.css") },
];

/// Serves the assets of all subjects.
pub(super) fn router<S: Clone + Send + Sync + 'static>(all: &[&'static [Asset]]) -> Router<S> {
    let all: Vec<Asset> = all.concat();
    let find = move |Path(name): Path<String>| {
        let found = all.iter().find(|asset| asset.name == name).copied();
        async move { found.map(asset).ok_or_else(|| Problem::not_found("there is no such file")) }
    };
    Router::new().route("/assets/{name}", get(find))
}

fn asset(found: Asset) -> Response {
    ([(header::CONTENT_TYPE, found.kind)], found.content).into_response()
}
