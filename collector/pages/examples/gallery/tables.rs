use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Choice, Field, Form, TextKind, Weight};
use attune_pages::state::State;
use attune_pages::table::{Cell, Column, Order, Row, Table};

use super::frames::{NOW, calendar};
use super::{Made, page};

pub(crate) fn pages() -> Vec<Made> {
    let empty = State::Empty {
        what: "Who looked at what of yours stands here, newest first.".into(),
        step: Some(ButtonLink::new("/me/consent", "See for what you agreed", Weight::Quiet)),
    };
    vec![
        page(
            "table",
            "Who looked",
            "Three roles looked at what is stored of you in the last month.",
            &Markup::of(&full()),
        ),
        page("table-empty", "Who looked", "", &Markup::of(&table().when_empty(&empty))),
    ]
}

fn table() -> Table {
    let roles = vec![Choice::new("", "All roles"), Choice::new("hr", "HR"), Choice::new("admin", "Administrator")];
    let filter = Form::get("find", "/me/access")
        .field(Field::text("from", "From", TextKind::Date))
        .field(Field::select("role", "Role", roles).value("hr"))
        .button(Button::quiet("Show these"));
    let columns = vec![
        Column::new("When").sorts("?sort=when", Some(Order::Falling)),
        Column::new("Who").sorts("?sort=who", None),
        Column::new("What"),
        Column::number("Rows").sorts("?sort=rows", None),
        Column::new("Why"),
    ];
    Table::new("What was read of you", columns).filter(filter)
}

fn full() -> Table {
    let row = |n: i64| {
        let what = ["Devices", "What is stored, field by field, by device, modality and time", "Consents"];
        let cells = vec![
            Cell::of(&calendar().when(NOW - n * 3_700_000)),
            Cell::text(if n % 3 == 0 { "Cem Aydin, privacy officer" } else { "Administrator" }),
            Cell::text(what[(n % 3) as usize]),
            Cell::count((n * n * 317) as u64),
            if n % 4 == 0 { Cell::none() } else { Cell::text("Request 2026-014") },
        ];
        Row::new(cells).to(format!("/me/access/{n}"))
    };
    (0..25)
        .fold(table(), |table, n| table.row(row(n)))
        .pages(None, Some("?after=abc".into()))
        .export("/me/access.csv", 12_480, "what you looked at yourself")
        .note("Kept for 3 years.")
}
