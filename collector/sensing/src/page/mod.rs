//! The page at `/`: the sessions with their pictures, and what is heard and seen, analysed at once.
//!
//! Its sessions are made here and need no script; only giving a moment does.

mod front;
mod routes;

use attune_ground::Asset;
use attune_pages::assets::{SCRIPT, STYLE};

pub(crate) use routes::router;

const TABLE: &str = "text/csv";

/// What the page is made of. The example is a piece of `tests/recording`: its person does not exist.
pub(crate) static ASSETS: [Asset; 13] = [
    Asset { name: "app.js", kind: SCRIPT, content: include_bytes!("files/app.js") },
    Asset { name: "devices.js", kind: SCRIPT, content: include_bytes!("files/devices.js") },
    Asset { name: "face.jpg", kind: "image/jpeg", content: include_bytes!("files/example/face.jpg") },
    Asset { name: "heart.csv", kind: TABLE, content: include_bytes!("files/example/heart.csv") },
    Asset { name: "inputs.js", kind: SCRIPT, content: include_bytes!("files/inputs.js") },
    Asset { name: "kinds.js", kind: SCRIPT, content: include_bytes!("files/kinds.js") },
    Asset { name: "microphone-worklet.js", kind: SCRIPT, content: include_bytes!("files/microphone-worklet.js") },
    Asset { name: "motion.csv", kind: TABLE, content: include_bytes!("files/example/motion.csv") },
    Asset { name: "result.js", kind: SCRIPT, content: include_bytes!("files/result.js") },
    Asset { name: "style.css", kind: STYLE, content: include_bytes!("files/style.css") },
    Asset { name: "tables.js", kind: SCRIPT, content: include_bytes!("files/tables.js") },
    Asset { name: "voice.ogg", kind: "audio/ogg", content: include_bytes!("files/example/voice.ogg") },
    Asset { name: "wav.js", kind: SCRIPT, content: include_bytes!("files/wav.js") },
];

#[cfg(test)]
mod tests {
    use attune_pages::testing::{nothing_inline, references_that_stand};

    use super::*;

    const TEMPLATES: [&str; 3] = [
        include_str!("../../templates/sessions.html"),
        include_str!("../../templates/inputs.html"),
        include_str!("../../templates/elsewhere.html"),
    ];

    #[test]
    fn everything_that_the_page_refers_to_is_there_and_nothing_lies_elsewhere() {
        let found = references_that_stand(&TEMPLATES, &[&ASSETS, &attune_pages::assets::ASSETS]);
        assert!(found >= 15, "{found} references");
    }

    #[test]
    fn the_page_holds_no_script_and_no_style_of_its_own_which_the_policy_would_stop() {
        TEMPLATES.into_iter().for_each(nothing_inline);
    }
}
