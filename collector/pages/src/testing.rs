//! What every page must hold to, for the tests of the subjects that have pages.

use attune_ground::Asset;

/// Every address within quotes that an HTML, CSS or JavaScript text refers to.
fn references(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split(['"', '\'', '`']);
    quoted.filter(|part| (part.starts_with("/assets/") || part.starts_with("./")) && !part.contains('$'))
}

/// Gives how many references there are, having found each among the assets, and nothing that lies elsewhere.
///
/// # Panics
/// When one is missing, or refers to something outside.
#[must_use]
pub fn references_that_stand(pages: &[&str], assets: &[&[Asset]]) -> usize {
    let all = assets.concat();
    let texts = all.iter().filter_map(|asset| std::str::from_utf8(asset.content).ok());
    let mut found = 0;
    for text in pages.iter().copied().chain(texts) {
        for reference in references(text) {
            let name = reference.trim_start_matches("/assets/").trim_start_matches("./");
            assert!(all.iter().any(|asset| asset.name == name), "{reference} is missing");
            found += 1;
        }
        let outside = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!outside.contains("://"), "something outside is referred to:\n{outside}");
    }
    found
}

/// Holds that a page has no script and no style of its own, which the policy would stop.
///
/// # Panics
/// When it has.
pub fn nothing_inline(page: &str) {
    let inline_script =
        page.split("<script").skip(1).any(|rest| !rest.split('>').next().is_some_and(|tag| tag.contains("src=")));
    assert!(!inline_script, "{page}");
    for part in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
        assert!(!page.contains(part), "{part} in {page}");
    }
}
