use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::api::{ApiState, Problem};

const SCRIPT: &str = "text/javascript; charset=utf-8";
const TABLE: &str = "text/csv";
const STYLE: &str = "text/css; charset=utf-8";

/// Name, content type and content of what the pages are made of. The example is a piece of `tests/recording`: its person
/// does not exist.
const ASSETS: [(&str, &str, &[u8]); 19] = [
    ("app.js", SCRIPT, include_bytes!("page/app.js")),
    ("base.css", STYLE, include_bytes!("page/base.css")),
    ("content.css", STYLE, include_bytes!("page/content.css")),
    ("devices.js", SCRIPT, include_bytes!("page/devices.js")),
    ("docs.css", STYLE, include_bytes!("page/docs.css")),
    ("docs.js", SCRIPT, include_bytes!("page/docs.js")),
    ("dom.js", SCRIPT, include_bytes!("page/dom.js")),
    ("face.jpg", "image/jpeg", include_bytes!("page/example/face.jpg")),
    ("heart.csv", TABLE, include_bytes!("page/example/heart.csv")),
    ("icon.svg", "image/svg+xml", include_bytes!("page/icon.svg")),
    ("inputs.js", SCRIPT, include_bytes!("page/inputs.js")),
    ("microphone-worklet.js", SCRIPT, include_bytes!("page/microphone-worklet.js")),
    ("motion.csv", TABLE, include_bytes!("page/example/motion.csv")),
    ("reference.css", STYLE, include_bytes!("page/reference.css")),
    ("result.js", SCRIPT, include_bytes!("page/result.js")),
    ("style.css", STYLE, include_bytes!("page/style.css")),
    ("tables.js", SCRIPT, include_bytes!("page/tables.js")),
    ("voice.ogg", "audio/ogg", include_bytes!("page/example/voice.ogg")),
    ("wav.js", SCRIPT, include_bytes!("page/wav.js")),
];

pub(super) fn router() -> Router<ApiState> {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    let found = ASSETS.iter().find(|(known, _, _)| *known == name);
    let (_, kind, content) = found.ok_or_else(|| Problem::not_found("there is no such file"))?;
    Ok(([(header::CONTENT_TYPE, *kind)], *content).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: [&str; 3] =
        [include_str!("page/index.html"), include_str!("page/docs.html"), include_str!("page/reference.html")];

    /// Every address within quotes that an HTML, CSS or JavaScript text refers to.
    fn references(text: &str) -> impl Iterator<Item = &str> {
        let quoted = text.split(['"', '\'', '`']);
        quoted.filter(|part| (part.starts_with("/assets/") || part.starts_with("./")) && !part.contains('$'))
    }

    #[test]
    fn everything_that_the_pages_refer_to_is_there_and_nothing_lies_elsewhere() {
        let texts = ASSETS.into_iter().filter_map(|(_, _, content)| std::str::from_utf8(content).ok());
        let mut found = 0;
        for text in PAGES.into_iter().chain(texts) {
            for reference in references(text) {
                let name = reference.trim_start_matches("/assets/").trim_start_matches("./");
                assert!(ASSETS.iter().any(|(known, _, _)| *known == name), "{reference} is missing");
                found += 1;
            }
            let outside = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!outside.contains("://"), "something outside is referred to:\n{outside}");
        }
        assert!(found > 20, "{found} references");
    }

    #[test]
    fn pages_hold_no_script_and_no_style_of_their_own_which_the_policy_would_stop() {
        for page in PAGES {
            let inline_script = page
                .split("<script")
                .skip(1)
                .any(|rest| !rest.split('>').next().is_some_and(|tag| tag.contains("src=")));
            assert!(!inline_script, "{page}");
            for part in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
                assert!(!page.contains(part), "{part} in {page}");
            }
        }
    }
}
