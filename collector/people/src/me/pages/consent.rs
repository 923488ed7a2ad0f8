use std::collections::BTreeSet;

use attune_ground::http::Problem;
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Form, Weight};
use attune_pages::part::{Facts, Fold, Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_protocol::consent::texts::{Text, text};
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::view::in_force;
use super::super::{Own, devices, routes};
use super::times;
use crate::People;
use crate::consent::{Told, confirmed_at};
use crate::pages::{Fields, go_to};
use crate::rights::Asker;
use crate::sign_in::{Opened, opened};

/// Where the page is.
const PATH: &str = "/me/consent";

pub(super) async fn show(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let told = routes::told(&people, &own).await?;
    let names = devices::list(&people.store, &people.keys, &own.people).await?;
    let name = |told: &Told| {
        let device = names.iter().find(|device| device.device == told.device);
        let short = || format!("Device {}", &told.device.to_string()[..8]);
        device.and_then(|device| device.name.clone()).unwrap_or_else(short)
    };
    let force = in_force(&told);
    let given = force.iter().filter(|told| told.change.granted).count();
    let times = times(&people, &own).await?;
    let finding = match given {
        0 => format!("You agreed to nothing, so that nothing of you is taken in. {}", times.says()),
        1 => format!("You agreed to one thing. {}", times.says()),
        several => format!("You agreed to {several} things. {}", times.says()),
    };
    let Opened { frame, csrf, .. } = opened(&people, &asker, "What you agreed to", &finding, "/me/consent").await?;
    let now = |one: &Told| {
        let asked = told.iter().rev().find(|asked| {
            let place =
                |of: &Told| (of.device, of.enrolment, of.change.modality, of.change.purpose, of.change.at_millis);
            asked.in_browser && place(asked) == place(one)
        });
        match asked.map(|asked| confirmed_at(&told, asked)) {
            Some(Some(at)) => format!("withdrawn here, confirmed by the device {}", times.moment(at)),
            Some(None) => "withdrawn here; waiting for the device".to_owned(),
            None if one.change.granted => "agreed".to_owned(),
            None => "withdrawn on the device".to_owned(),
        }
    };
    let columns = ["What", "What for", "Device", "Now", "Since", "Version", "Text shown"].map(Column::new).to_vec();
    let mut table = Table::new("In force", columns).when_empty(&Shown::Empty {
        what: "What you agreed to on each device, with the version and since when.".into(),
        step: None,
    });
    for told in &force {
        let change = told.change;
        table = table.row(Row::new(vec![
            Cell::text(change.modality.name()),
            Cell::text(purpose(change.purpose.name())),
            Cell::text(name(told)),
            Cell::text(now(told)),
            Cell::of(&times.when(change.at_millis)),
            Cell::count(u64::from(change.version)),
            Cell::text(told.text_words()),
        ]));
    }
    let columns = ["Came", "Decided", "What", "What for", "Device", "Decision", "Text shown"].map(Column::new).to_vec();
    let mut every = Table::new("Every change, as the ledger has it", columns);
    for told in told.iter().rev() {
        every = every.row(Row::new(vec![
            Cell::of(&times.when(told.received_at)),
            Cell::of(&times.when(told.change.at_millis)),
            Cell::text(told.change.modality.name()),
            Cell::text(purpose(told.change.purpose.name())),
            Cell::text(name(told)),
            Cell::text(match (told.change.granted, told.in_browser) {
                (true, _) => "agreed",
                (false, true) => "withdrawn in the browser",
                (false, false) => "withdrawn",
            }),
            Cell::text(told.text_words()),
        ]));
    }
    let given: Vec<&Told> = force.iter().filter(|told| told.change.granted).collect();
    let modalities: BTreeSet<&str> = given.iter().map(|told| told.change.modality.name()).collect();
    let mut forms = Markup::none();
    for modality in modalities {
        let form = Form::post(format!("w-{modality}"), PATH, &csrf).hidden("modality", modality);
        forms = forms.with(&form.button(Button::quiet(format!("Withdraw {modality}"))));
    }
    let mut each = Markup::none();
    for (number, told) in given.iter().enumerate() {
        let (modality, purpose, device) =
            (told.change.modality.name(), told.change.purpose.name(), told.device.to_string());
        let form = Form::post(format!("w{number}"), PATH, &csrf)
            .hidden("modality", modality)
            .hidden("purpose", purpose)
            .hidden("device", &device);
        let label = format!("Withdraw {modality} for {} on {}", self::purpose(purpose), name(told));
        each = each.with(&form.button(Button::quiet(label)));
    }
    if !each.is_empty() {
        forms = forms.with(&Fold::new("Withdraw one use, or on one device only", &each));
    }
    let how = "What you withdraw here holds at once: nothing of it is taken in any more. Your device is told, closes the sensor and \
               removes what waits to be sent; one that is off is told when it is back, and this page says when it has confirmed. \
               To agree again, do so on the device itself: on its own page, or with `attune-agent consent grant --modality heart`. \
               That is not possible here, so that nobody who gets at your browser can switch on your camera.";
    let off =
        ButtonLink::new("/me/preferences", "Switch something off, and leave your agreement as it is", Weight::Quiet);
    let how = Notice::new(Tone::Plain, "How to change it", how);
    let messages = ButtonLink::new("/me/messages", "What you agreed to of your messages", Weight::Quiet);
    let talks = ButtonLink::new("/me/talk", "What you agreed to of talks", Weight::Quiet);
    let body = Markup::none().with(&table).with(&texts(&force)).with(&forms).with(&off).with(&messages).with(&talks);
    let body = body.with(&how).with(&every);
    Ok(frame.answer(&body))
}

/// Withdraws, and shows the page anew.
pub(super) async fn withdraw(
    State(people): State<People>,
    asker: Asker,
    request: Request,
) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let fields = Fields::take(&people.bodies, request).await?;
    let named = |field| Some(fields.get(field)).filter(|value| !value.is_empty());
    // The texts of today stand on the page that the form is of.
    routes::withdraw(&people, &own, fields.get("modality"), (named("purpose"), named("device")), true).await?;
    Ok(go_to(PATH, Vec::new()))
}

/// The texts about what was decided: those of today, and where another was shown, that one, too.
fn texts(force: &[Told]) -> Markup {
    let (mut kinds, mut texts) = (BTreeSet::new(), Facts::new());
    for told in force {
        let (modality, purpose) = (told.change.modality, told.change.purpose);
        let Text { version, says } = text(modality, purpose);
        let of = |version: u16| format!("{modality}, {} (version {version})", self::purpose(purpose.name()));
        if kinds.insert((modality, purpose, version)) {
            texts = texts.fact(of(version), says);
        }
        if let Some((before, said)) = told.change.text.zip(told.text())
            && kinds.insert((modality, purpose, before))
        {
            texts = texts.fact(of(before), said);
        }
    }
    if kinds.is_empty() { Markup::none() } else { Markup::of(&Fold::new("The texts", &texts)) }
}

/// A purpose in words.
fn purpose(name: &str) -> String {
    match name {
        "own-view" => "your own view, on the device".into(),
        "wellbeing" => "your sessions here, and figures of teams that are large enough".into(),
        other => other.into(),
    }
}
