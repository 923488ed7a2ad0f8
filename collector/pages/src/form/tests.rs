use super::*;
use crate::markup::Markup;
use crate::testing::nothing_inline;

const HOSTILE: &str = "</textarea><img src=x onerror=alert(1)>\"'&";

/// A form with a field of each kind, all of it hostile.
fn every_kind() -> Form {
    let choices = || vec![Choice::new(HOSTILE, HOSTILE).hint(HOSTILE), Choice::new("b", "B")];
    let fields = [
        Field::text("text", HOSTILE, TextKind::Plain).value(HOSTILE).autocomplete(HOSTILE),
        Field::lines("lines", HOSTILE, 3).value(HOSTILE),
        Field::password("password", HOSTILE, "current-password").value(HOSTILE),
        Field::code("code", HOSTILE),
        Field::select("select", HOSTILE, choices()).value(HOSTILE),
        Field::radios("radios", HOSTILE, choices()).value(HOSTILE),
        Field::checks("checks", HOSTILE, choices()).value(HOSTILE),
        Field::check("check", HOSTILE).value("yes"),
        Field::file("file", HOSTILE, HOSTILE).optional(),
    ];
    let form = Form::post("f", "/send", HOSTILE).named(HOSTILE).hidden(HOSTILE, HOSTILE);
    let mut form = fields.into_iter().fold(form, |form, field| form.field(field.hint(HOSTILE)));
    for name in ["text", "lines", "password", "code", "select", "radios", "checks", "check", "file", "elsewhere"] {
        form.refuse(name, HOSTILE);
    }
    form.button(Button::primary(HOSTILE).sends(HOSTILE, HOSTILE))
}

#[test]
fn hostile_text_stays_text_in_every_kind_of_field() {
    let html = Markup::of(&every_kind()).into_string();
    assert!(!html.contains("<img") && html.matches("&#60;img").count() > 40, "{html}");
    nothing_inline(&html);
}

#[test]
fn every_control_has_a_label_and_what_describes_it_is_there() {
    let html = Markup::of(&every_kind()).into_string();
    crate::testing::everything_labelled(&html);
}

#[test]
fn what_was_typed_stays_and_a_password_never_does() {
    let typed = [("text", "mine"), ("password", "secret"), ("checks", "b"), ("radios", "b"), ("select", "b")];
    let html = Markup::of(&every_kind().keep(typed)).into_string();
    assert!(html.contains("value=\"mine\"") && !html.contains("secret"), "{html}");
    assert_eq!(html.matches("value=\"b\" checked").count(), 2, "{html}");
    assert!(html.contains("value=\"b\" selected"), "{html}");
    assert!(!html.contains("value=\"yes\" checked"), "a box that was not sent is not set: {html}");
}

#[test]
fn the_summary_links_to_each_field_that_was_refused() {
    let html = Markup::of(&every_kind()).into_string();
    let summary = html.split("role=\"alert\"").nth(1).and_then(|rest| rest.split("</div>").next()).expect("a summary");
    assert_eq!(summary.matches("<li>").count(), 10, "{summary}");
    for link in summary.split("href=\"#").skip(1) {
        let id = link.split('"').next().expect("an id");
        assert!(html.contains(&format!(" id=\"{id}\"")), "{id} is nowhere");
    }
    let fine = Markup::of(&Form::post("f", "/send", "t").field(Field::text("a", "A", TextKind::Plain)));
    assert!(!fine.as_str().contains("role=\"alert\""), "{fine}");
}

#[test]
fn a_form_that_changes_something_carries_the_token_and_one_that_asks_does_not() {
    let post = Markup::of(&Form::post("f", "/send", "token-1"));
    assert!(post.as_str().contains("<input type=\"hidden\" name=\"csrf\" value=\"token-1\">"), "{post}");
    let get = Markup::of(&Form::get("f", "/find"));
    assert!(!get.as_str().contains("csrf") && get.as_str().contains("method=\"get\""), "{get}");
    let elsewhere = Markup::of(&Form::post("f", "https://evil.example", "token-1"));
    assert!(!elsewhere.as_str().contains("evil"), "{elsewhere}");
}

#[test]
fn what_can_not_be_undone_says_what_will_be_gone_and_asks_for_the_word() {
    let confirm = Confirm::new("/me/data/erase", "t", "Erase my data", "/me/data").gone(HOSTILE).word("erase");
    let html = Markup::of(&confirm).into_string();
    assert!(html.contains("Type erase to go on") && html.contains("name=\"word\""), "{html}");
    assert!(!html.contains("<img") && html.contains("Erase my data</button>"), "{html}");
    let again = Markup::of(&confirm.refuse_word("erase", "earse")).into_string();
    assert!(again.contains("value=\"earse\"") && again.contains("aria-invalid=\"true\""), "{again}");
    crate::testing::everything_labelled(&again);
}

#[test]
fn answers_are_listed_with_where_each_is_changed() {
    let form = Form::post("send", "/admin/people/new", "t").hidden("name", "Ada").button(Button::primary("Add Ada"));
    let answers = Answers::new(form).answer("Name", HOSTILE, "/admin/people/new?step=1").answer("Team", "", "?step=2");
    let html = Markup::of(&answers).into_string();
    assert!(html.contains("aria-label=\"Change: Team\"") && html.contains("not given"), "{html}");
    assert!(!html.contains("<img") && html.contains("name=\"name\" value=\"Ada\""), "{html}");
}
