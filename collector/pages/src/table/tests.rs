use super::*;
use crate::form::{Field, TextKind};
use crate::testing::{everything_labelled, nothing_inline};

const HOSTILE: &str = "</td><img src=x onerror=alert(1)>\"'&";

fn table() -> Table {
    let columns = vec![
        Column::new(HOSTILE).sorts("/records?sort=name", Some(Order::Rising)),
        Column::number(HOSTILE).sorts("/records?sort=rows", None),
        Column::new("Since"),
    ];
    Table::new(HOSTILE, columns)
        .filter(Form::get("find", "/records").field(Field::text("q", HOSTILE, TextKind::Search).value(HOSTILE)))
        .note(HOSTILE)
}

fn row(name: &str) -> Row {
    Row::new(vec![Cell::text(name), Cell::count(12_480), Cell::none()]).to(format!("/records/{}", name.len()))
}

#[test]
fn hostile_text_stays_text_in_captions_headings_and_cells() {
    let full = table().row(row(HOSTILE)).pages(Some("?cursor=a".into()), None).export("/records.csv", 12_480, HOSTILE);
    let html = Markup::of(&full).into_string();
    assert!(!html.contains("<img") && html.matches("&#60;img").count() >= 9, "{html}");
    nothing_inline(&html);
    everything_labelled(&html);
}

#[test]
fn every_cell_says_its_column_so_that_a_row_can_be_a_card() {
    let html = Markup::of(&table().row(row("a")).row(row("b"))).into_string();
    assert_eq!(html.matches("class=\"of\"").count(), 4, "two rows of two cells beside their names: {html}");
    assert!(html.contains("<a href=\"/records/1\">a</a>") && html.contains("12,480"), "{html}");
    assert!(html.contains("aria-sort=\"ascending\"") && html.matches("aria-sort").count() == 1, "{html}");
}

#[test]
fn a_table_without_rows_says_so_and_has_no_empty_head() {
    let html = Markup::of(&table().when_empty(&Markup::text("Nobody has asked for anything."))).into_string();
    assert!(html.contains("Nobody has asked for anything.") && !html.contains("<table"), "{html}");
}

#[test]
fn an_export_says_how_many_rows_and_what_is_left_out() {
    let html = Markup::of(&table().row(row("a")).export("/a.csv", 1, "")).into_string();
    assert!(html.contains("Save 1 row as a file") && html.contains("Nothing is left out."), "{html}");
    let html = Markup::of(&table().row(row("a")).export("/a.csv", 12_480, "teams below 10 people")).into_string();
    assert!(html.contains("Save 12,480 rows as a file") && html.contains("Left out: teams below 10 people."), "{html}");
}

#[test]
fn a_table_that_is_wider_than_a_page_is_moved_sideways_by_itself_and_by_keyboard() {
    let with = |columns: usize| {
        let table = Table::new(HOSTILE, (0..columns).map(|_| Column::new("a")).collect());
        Markup::of(&table.row(Row::new((0..columns).map(|_| Cell::none()).collect()))).into_string()
    };
    let (fits, wide) = (with(8), with(9));
    assert!(!fits.contains("sideways") && fits.contains("<section class=\"table\">"), "{fits}");
    assert!(wide.contains("class=\"table wide\"") && wide.contains("tabindex=\"0\""), "{wide}");
    assert_eq!(wide.matches("<div").count(), wide.matches("</div>").count(), "{wide}");
    nothing_inline(&wide);
    everything_labelled(&wide);
}
