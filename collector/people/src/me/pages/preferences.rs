use attune_ground::http::Problem;
use attune_pages::Markup;
use attune_pages::form::{Button, Choice, Field, Form, TextKind};
use attune_pages::part::{Facts, Notice, Tone};
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::Calendar;
use attune_protocol::registry::Modality;
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::{Own, devices, routes};
use super::times;
use crate::People;
use crate::pages::{Fields, go_to};
use crate::preferences::{self, Following, Preferences, Wish};
use crate::rights::Asker;
use crate::sign_in::{Opened, opened};

/// Where the page is.
const PATH: &str = "/me/preferences";

pub(super) async fn show(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    page(&people, &asker, &own, &[]).await
}

/// The page, with what was typed and is refused, by field.
async fn page(people: &People, asker: &Asker, own: &Own, refused: &[(&str, &str, &str)]) -> Result<Response, Problem> {
    let user = routes::user(people, own).await?;
    let chosen = preferences::load(&people.store, &people.keys, &user).await?;
    let following = preferences::following(&people.store, &own.people).await?;
    let times = times(people, own).await?;
    let finding = match following.iter().filter(|one| one.since.is_none()).count() {
        0 => format!("What holds for what is sensed of you and sent for you. {}", times.says()),
        1 => format!("One device has not said yet that it follows. {}", times.says()),
        several => format!("{several} devices have not said yet that they follow. {}", times.says()),
    };
    let Opened { frame, csrf, .. } = opened(people, asker, "What you prefer", &finding, PATH).await?;
    let limits = people.settings.limits;
    let (days, sums) = (limits.history_of(chosen.max_history_days), limits.sums_of(chosen.max_history_days));
    let in_force = Facts::new()
        .fact("Sensed and analysed", sensed(&chosen))
        .fact("Kept as sessions", if chosen.store_sessions { "yes" } else { "no: what devices send is refused" })
        .fact("Kept for", format!("{days} days{}", of_days(chosen.max_history_days, days)))
        .fact(
            "Sums of it by hour, day, week and month are kept for",
            format!("{sums} days{}", of_days(chosen.max_history_days, sums)),
        )
        .fact("The oldest day of which all is kept", times.day(oldest_day(&times, days)))
        .fact("Days and times are shown in", times.zone_name())
        .fact("A score is shown", sure(chosen.analysis_sensitivity));
    let body = Markup::none()
        .with(&in_force)
        .with(&devices_table(people, own, (&following, &times)).await?)
        .with(&form(&chosen, people.zone.iana_name().unwrap_or("UTC"), &csrf, refused))
        .with(&Notice::new(Tone::Plain, "What it does", HOW));
    Ok(frame.answer(&body))
}

const HOW: &str = "What you switch off is refused here at once, whatever a device sends. Your devices are told, close the sensor, and \
                   remove what waits to be sent; one that is off is told when it is back. Switching something on again gives no consent: a device senses only what you agreed to on the device itself. \
                   What is kept already stays until it is too old or you erase it. How sure a score must be counts for what comes from now on.";

fn sensed(chosen: &Preferences) -> String {
    let on = |modality: &Modality| chosen.allows(*modality);
    let (on, off): (Vec<Modality>, Vec<Modality>) = Modality::SENSED.into_iter().partition(on);
    let list = |of: &[Modality]| of.iter().map(|modality| modality.name()).collect::<Vec<_>>().join(", ");
    match (on.is_empty(), off.is_empty()) {
        (_, true) => "all that you agreed to".into(),
        (true, _) => "nothing".into(),
        _ => format!("{} as far as you agreed; switched off: {}", list(&on), list(&off)),
    }
}

fn of_days(chosen: Option<u16>, in_force: u16) -> String {
    match chosen {
        None => ", as is usual here".into(),
        Some(days) if days > in_force => format!(": you chose {days}, and it is kept no longer here"),
        Some(_) => ", as you chose".into(),
    }
}

fn sure(sensitivity: f64) -> &'static str {
    match sensitivity {
        low if low < 0.25 => "only where it is surer than usual",
        high if high > 0.75 => "also where it is less sure than usual",
        _ => "where it is as sure as usual",
    }
}

/// The first instant of the first day of which nothing is too old: what is older goes within a day of being so.
fn oldest_day(times: &Calendar, days: u16) -> i64 {
    let cut = times.now - i64::from(days) * 24 * 3_600_000;
    times.date(cut).and_then(|date| times.day_span(date)).map_or(cut, |(_, next)| next)
}

async fn devices_table(
    people: &People,
    own: &Own,
    (following, times): (&[Following], &Calendar),
) -> Result<Markup, Problem> {
    if following.is_empty() {
        return Ok(Markup::none());
    }
    let names = devices::list(&people.store, &people.keys, &own.people).await?;
    let mut table = Table::new("Your devices", ["Device", "Follows"].map(Column::new).to_vec());
    for one in following {
        let named = names.iter().find(|device| device.device == one.device).and_then(|device| device.name.clone());
        let name = named.unwrap_or_else(|| format!("Device {}", &one.device.to_string()[..8]));
        let follows = match one.since {
            Some(at) => format!("since {}", times.moment(at)),
            None if one.is_ahead => "a later choice than is known here: save what you prefer once more".into(),
            None => "not yet: it is off, or its agent is older than this collector".into(),
        };
        table = table.row(Row::new(vec![Cell::text(name), Cell::text(follows)]));
    }
    Ok(Markup::of(&table))
}

fn form(chosen: &Preferences, usual: &str, csrf: &str, refused: &[(&str, &str, &str)]) -> Form {
    let on = |is: bool| if is { "yes" } else { "" };
    let (days, sensitivity) =
        (chosen.max_history_days.map_or_else(String::new, |days| days.to_string()), chosen.analysis_sensitivity);
    let steps = [("0", "only surer ones"), ("0.5", "as usual"), ("1", "less sure ones, too")];
    let nearest = match sensitivity {
        low if low < 0.25 => "0",
        high if high > 0.75 => "1",
        _ => "0.5",
    };
    let steps = steps.map(|(value, label)| Choice::new(value, label)).to_vec();
    let mut form = Form::post("preferences", PATH, csrf)
        .named("Change it")
        .field(Field::check("face", "Sense and analyse faces").value(on(chosen.face)))
        .field(Field::check("voice", "Sense and analyse voices").value(on(chosen.voice)))
        .field(Field::check("motion", "Sense and analyse motion").value(on(chosen.motion)))
        .field(Field::check("heart", "Sense and analyse heartbeats").value(on(chosen.heart)))
        .field(
            Field::check("store_sessions", "Keep what is sensed as sessions")
                .hint("Without it nothing that your devices sense is sent or kept here.")
                .value(on(chosen.store_sessions)),
        )
        .field(
            Field::text("max_history_days", "Days for which it is kept", TextKind::Digits)
                .hint("From 1 to 365, sums of it included. Left empty, what is usual here.")
                .optional()
                .value(&days),
        )
        .field(Field::radios("sensitivity", "Which scores do you want shown?", steps).value(nearest))
        .field(
            Field::text("time_zone", "Your time zone", TextKind::Plain)
                .hint(format!("As IANA names it, Europe/Berlin. Left empty, the organisation's: {usual}."))
                .optional()
                .at_most(64)
                .autocomplete("off")
                .value(chosen.zone.as_deref().unwrap_or_default()),
        )
        .button(Button::primary("Save what I prefer"));
    for (field, typed, why) in refused {
        form = form.keep([(*field, *typed)]);
        form.refuse(field, *why);
    }
    form
}

/// Takes what is chosen, and shows the page anew.
pub(super) async fn change(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let fields = Fields::take(&people.bodies, request).await?;
    let typed = fields.get("max_history_days").trim().to_owned();
    let days = match typed.as_str() {
        "" => None,
        digits => match digits.parse().ok().filter(|days| (1..=365).contains(days)) {
            Some(days) => Some(days),
            None => {
                let why = "Days go from 1 to 365.";
                return page(&people, &asker, &own, &[("max_history_days", &typed, why)]).await;
            }
        },
    };
    let named = fields.get("time_zone").trim().to_owned();
    let zone = match named.as_str() {
        "" => None,
        name => match preferences::zone(name) {
            Some(zone) => Some(zone),
            None => {
                let why = "There is no such zone: write one as IANA names it, as Europe/Berlin.";
                return page(&people, &asker, &own, &[("time_zone", &named, why)]).await;
            }
        },
    };
    let is_on = |field: &str| fields.get(field) == "yes";
    let sensitivity = match fields.get("sensitivity") {
        "0" => 0.0,
        "1" => 1.0,
        _ => 0.5,
    };
    let wish = Wish {
        zone: Some(zone),
        store_sessions: Some(is_on("store_sessions")),
        max_history_days: Some(days),
        analysis_sensitivity: Some(sensitivity),
        switches: ["face", "voice", "motion", "heart"].map(|field| Some(is_on(field))),
    };
    let user = routes::user(&people, &own).await?;
    preferences::change(&people, (&user, Some(own.person)), |chosen| wish.carry_out(chosen)).await?;
    Ok(go_to(PATH, Vec::new()))
}
