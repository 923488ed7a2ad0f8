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

/// Holds that every control of a page has a label, and that all ids that are referred to stand there once.
///
/// # Panics
/// When one lacks it.
pub fn everything_labelled(page: &str) {
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!(" {name}=\"")).nth(1)?;
        value.split('"').next().map(str::to_owned)
    };
    let tags = |name: &str| {
        let begin = format!("<{name}");
        let found = page.split(&begin).skip(1).filter(|rest| rest.starts_with([' ', '>', '\n']));
        found.map(|rest| format!(" {}", rest.split('>').next().unwrap_or_default())).collect::<Vec<_>>()
    };
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for id in &ids {
        assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "the id {id} stands there more than once");
    }
    let labelled: Vec<String> = tags("label").iter().filter_map(|tag| attribute(tag, "for")).collect();
    for control in ["input", "select", "textarea"].into_iter().flat_map(tags) {
        if attribute(&control, "type").as_deref() == Some("hidden") {
            continue;
        }
        let id = attribute(&control, "id").unwrap_or_else(|| panic!("no id: {control}"));
        assert!(labelled.contains(&id), "no label: {control}");
    }
    for name in ["aria-describedby", "aria-labelledby", "for"] {
        for referred in page.split(&format!(" {name}=\"")).skip(1).filter_map(|rest| rest.split('"').next()) {
            for id in referred.split_whitespace() {
                assert!(ids.contains(&id), "{name} refers to {id}, which is not there");
            }
        }
    }
}
