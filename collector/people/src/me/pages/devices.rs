use attune_ground::http::{Path, Problem};
use attune_ground::time::now_millis;
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form, TextKind};
use attune_pages::part::{Notice, Qr, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::Calendar;
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::devices::{self, Device, LONGEST};
use super::super::{Own, routes};
use super::times;
use crate::People;
use crate::heartbeats::{self, Last};
use crate::pages::{Fields, go_to};
use crate::rights::Asker;
use crate::sign_in::{Opened, opened};

const PATH: &str = "/me/devices";

async fn page(people: &People, asker: &Asker, own: &Own) -> Result<(Opened, Vec<Device>, Calendar), Problem> {
    let devices = devices::list(&people.store, &people.keys, &own.people).await?;
    let current = devices.iter().filter(|device| device.is_current && device.revoked_at.is_none()).count();
    let times = times(people, own).await?;
    let finding = match current {
        0 => "No device senses you.".to_owned(),
        1 => format!("One device may sense you, as far as you agreed. {}", times.says()),
        several => format!("{several} devices may sense you, as far as you agreed. {}", times.says()),
    };
    Ok((opened(people, asker, "Your devices", &finding, PATH).await?, devices, times))
}

pub(super) async fn show(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let (Opened { frame, csrf, .. }, devices, times) = page(&people, &asker, &own).await?;
    Ok(frame.answer(&body(&devices, &times, &csrf)))
}

/// How a device stands, behind that it is theirs.
fn stands(last: &Last, times: &Calendar) -> String {
    let heard = times.moment(last.heard_at);
    match last.state(now_millis()) {
        heartbeats::State::On => format!("; on, heard {heard}"),
        heartbeats::State::Paused => format!("; paused, heard {heard}: it says nothing more until that is over"),
        heartbeats::State::Off => format!("; off: it said so {heard}"),
        heartbeats::State::Silent => {
            format!("; silent, heard {heard}: it went off without a word, or has no connection")
        }
    }
}

fn body(devices: &[Device], times: &Calendar, csrf: &str) -> Markup {
    let columns = ["Name", "Enrolled", "Now", "Id"].map(Column::new).to_vec();
    let mut table = Table::new("Devices that were enrolled for you", columns).when_empty(&Shown::Empty {
        what: "The devices that sense you, each with since when it does. Enrol the first one below.".into(),
        step: None,
    });
    let mut forms = Markup::none();
    for device in devices {
        let id = device.device.to_string();
        let name = device.name.clone().unwrap_or_else(|| format!("Device {}", &id[..8]));
        let now = match device.revoked_at {
            _ if !device.is_current => "somebody else has enrolled it since".to_owned(),
            Some(at) => format!("revoked {}: nothing of it is taken in", times.moment(at)),
            None => match device.former_key_used_at {
                Some(at) => format!("yours; its key of before was used {}", times.moment(at)),
                None => format!("yours{}", device.last.as_ref().map_or_else(String::new, |last| stands(last, times))),
            },
        };
        table = table.row(Row::new(vec![
            Cell::text(name.clone()),
            Cell::of(&times.when(device.enrolled_at)),
            Cell::text(now),
            Cell::text(id.clone()),
        ]));
        let most = u32::try_from(LONGEST).unwrap_or(u32::MAX);
        let field = Field::text("name", format!("What you call {name}"), TextKind::Name).autocomplete("off");
        let form = Form::post(format!("d{id}"), format!("{PATH}/{id}"), csrf)
            .field(field.at_most(most))
            .button(Button::quiet("Rename this device"));
        forms = forms.with(&form);
        if device.is_current && device.revoked_at.is_none() {
            let form = Form::post(format!("r{id}"), format!("{PATH}/{id}/revoke"), csrf);
            forms = forms.with(&form.button(Button::quiet(format!("Listen to {name} no more"))));
        }
    }
    let is_copied =
        |device: &Device| device.is_current && device.revoked_at.is_none() && device.former_key_used_at.is_some();
    let copied = match devices.iter().any(is_copied) {
        true => Markup::none().with(&Notice::new(
            Tone::Warning,
            "A key of before was used",
            "Somebody came with a key that the device had before it got another: they have a copy of its state folder, or one was put back on it. \
             Nothing of it is taken in. If the device is in your hands and sends, it is safe; if it stopped sending, the other one has the new \
             key: listen to it no more, and enrol yours anew.",
        )),
        false => Markup::none(),
    };
    let add =
        Form::post("add", PATH, csrf).named("Enrol another device").button(Button::primary("Make a code for a device"));
    let leave = "A device that is listened to no more may be enrolled anew. To end that it senses you at all, withdraw on it what you agreed to, with `attune-agent consent withdraw --modality all`. What it has sent \
                 stays until you erase it.";
    copied.with(&table).with(&add).with(&forms).with(&Markup::paragraph(leave))
}

/// Shows a code, once.
pub(super) async fn add(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let code = routes::code(&people, &own).await?;
    let (Opened { frame, csrf, .. }, devices, times) = page(&people, &asker, &own).await?;
    let minutes = routes::CODE_MILLIS / 60_000;
    let line = format!("attune-agent enrol --broker {} --code {code}", people.broker);
    let told = Markup::none()
        .with(&Notice::new(
            Tone::Done,
            "Your code is made",
            format!("{code}. It enrols one device, once, within {minutes} minutes. It is shown only now."),
        ))
        .with(&Qr::new(
            "The line for the device",
            line,
            "Run this line on the device, or photograph the code with it.",
        ));
    Ok(frame.answer(&told.with(&body(&devices, &times, &csrf))))
}

pub(super) async fn rename(
    State(people): State<People>,
    asker: Asker,
    Path(device): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let fields = Fields::take(&people.bodies, request).await?;
    routes::rename(&people, &own, &device, fields.get("name")).await?;
    Ok(go_to(PATH, Vec::new()))
}

pub(super) async fn revoke(
    State(people): State<People>,
    asker: Asker,
    Path(device): Path<String>,
) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    routes::revoke(&people, &own, &device).await?;
    Ok(go_to(PATH, Vec::new()))
}
