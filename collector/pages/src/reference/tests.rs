use super::render;

/// The document as it is committed; the program's own test holds that it serves the same.
const DOCUMENT: &str = include_str!("../../../openapi.json");

#[test]
fn every_operation_and_schema_of_the_document_stands_in_the_reference() {
    let page = render(DOCUMENT);
    let value: serde_json::Value = serde_json::from_str(DOCUMENT).expect("JSON");
    let mut operations = 0;
    for (path, methods) in value["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            operations += 1;
            let id = format!("id=\"{method}{}\"", super::html::anchor(path));
            assert_eq!(page.matches(&id).count(), 1, "{method} {path}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().expect("named");
                assert!(page.contains(&format!("<code>{name}</code>")), "{name}");
            }
        }
    }
    assert!(operations >= 4, "{operations}");
    for name in value["components"]["schemas"].as_object().expect("schemas").keys() {
        assert!(page.contains(&format!("id=\"schema-{name}\"")), "{name}");
    }
    assert!(!page.contains("{body}") && !page.contains("{nav}"));
}

#[test]
fn links_within_the_page_lead_somewhere() {
    let page = render(DOCUMENT);
    let targets = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
    for target in targets {
        assert!(page.contains(&format!("id=\"{target}\"")), "#{target}");
    }
}

#[test]
fn text_of_the_document_is_text_and_never_markup() {
    let document = r##"{"info": {"title": "<script>alert(1)</script>", "version": "1"},
        "tags": [{"name": "a\"><img>", "description": "`code` & <b>"}],
        "paths": {"/x<y>": {"get": {"tags": ["a\"><img>"], "summary": "<i>", "responses": {"200": {"description": "<u>"}}}}}}"##;
    let page = render(document);
    for markup in ["<script>alert", "<img>", "<b>", "<i>", "<u>", "<y>"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("<code>code</code> &amp; &lt;b&gt;"));
}

#[test]
fn a_document_that_is_none_gives_an_empty_page() {
    assert!(render("no JSON").contains("<main"));
}
