use attune_ground::http::{Path, Problem};
use attune_ground::time::now_millis;
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form};
use attune_pages::part::{Facts, Fold, Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, count, length};
use attune_protocol::consent::Purpose;
use attune_protocol::consent::texts::versions;
use attune_protocol::registry::{Category, Modality};
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::tz::TimeZone;

use super::routes;
use super::view::{HoldingView, categories, category_name, classes, holdings, ledgers, sums};
use crate::access::{self, Of};
use crate::me::requests;
use crate::pages::{Fields, answered_as, go_to, refuse};
use crate::rights::{Asker, By, Who};
use crate::sign_in::{Opened, opened, visit};
use crate::{People, consent, retention, unusual_use};

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    People: FromRef<S>,
{
    Router::new()
        .route("/records", get(records))
        .route("/records/map", get(map))
        .route("/records/requests", get(asked))
        .route("/records/requests/{id}", post(done))
        .route("/ledger", get(ledger))
        .route("/ledger/copy", post(copy))
}

/// A category in words.
fn in_words(category: Category) -> String {
    category_name(category).replace('_', " ")
}

/// A purpose in words.
const fn purpose(of: Purpose) -> &'static str {
    match of {
        Purpose::OwnView => "their own view, on the device",
        Purpose::Wellbeing => "sessions here, and figures of teams that are large enough",
    }
}

/// A ledger by what stands in it.
fn ledger_in_words(name: &str) -> &str {
    match name {
        "access" => "Access: who looked at what, and what was done",
        "consents" => "Consents: what people agreed to",
        name => name,
    }
}

fn times() -> Calendar {
    Calendar::new(TimeZone::UTC, now_millis())
}

/// Rows and bytes by a name.
fn summed<K: Ord + ToString>(
    caption: &str,
    first: &str,
    all: &[HoldingView],
    by: impl Fn(&HoldingView) -> Option<K>,
) -> Table {
    let columns = vec![Column::new(first), Column::number("Rows"), Column::number("Bytes")];
    sums(all, by).into_iter().fold(Table::new(caption, columns), |table, (name, sum)| {
        table.row(Row::new(vec![Cell::text(name.to_string()), Cell::count(sum.rows), Cell::count(sum.bytes)]))
    })
}

async fn records(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let all = holdings(&people, None).await?;
    let persons = sums(&all, |holding| holding.pseudonym.clone()).len();
    let rows: u64 = all.iter().map(|holding| holding.rows).sum();
    let finding = format!(
        "{} rows are kept of {}. How much is told here, and never what. That you looked is noted, and everybody sees it.",
        count(rows),
        if persons == 1 { "one person".to_owned() } else { format!("{} people", count(persons as u64)) }
    );
    let Opened { frame, .. } = opened(&people, &asker, "What is stored", &finding, "/records").await?;
    let of_modality = |holding: &HoldingView| holding.modality;
    let of_category = |holding: &HoldingView| {
        (!holding.categories.is_empty())
            .then(|| holding.categories.iter().map(|name| name.replace('_', " ")).collect::<Vec<_>>().join(", "))
    };
    let of_class = |holding: &HoldingView| holding.retention_days.map(|days| format!("at most {days} days"));
    let mut body = Markup::none()
        .with(&summed("By modality", "Modality", &all, of_modality))
        .with(&summed("By categories of the registry", "Categories", &all, of_category))
        .with(&summed("By the registry's class", "Class", &all, of_class))
        .with(&summed("By table", "Table", &all, |holding| Some(holding.table)))
        .with(&summed("By device: what each has sent", "Device", &all, |holding| holding.device.clone()))
        .with(&summed("By person", "Pseudonym", &all, |holding| holding.pseudonym.clone()));
    let aside: u64 = all.iter().filter(|holding| holding.table == "quarantine").map(|holding| holding.rows).sum();
    let facts = Facts::new().fact("Items in quarantine: what could not be read when it came", count(aside));
    let columns = vec![Column::new("When"), Column::new("Why"), Column::number("Rows deleted")];
    let times = times();
    let rounds = retention::rounds(&people.store).await?;
    let rounds = rounds.into_iter().fold(
        Table::new("What was deleted for its age, the newest first", columns).when_empty(&Shown::Empty {
            what: "Each round in which something was deleted for its age.".into(),
            step: None,
        }),
        |table, (at, why, deleted)| {
            table.row(Row::new(vec![Cell::of(&times.when(at)), Cell::text(why), Cell::count(deleted)]))
        },
    );
    let columns = ["Class", "Days kept", "Due rows", "Oldest of them", "Deleted last"].map(Column::new).to_vec();
    let none = || "none".to_owned();
    let classes =
        classes(&people).await?.into_iter().fold(Table::new("How long each class is kept", columns), |table, one| {
            let last = one.deleted_at.zip(one.deleted).map(|(at, rows)| format!("{} rows, {at}", count(rows)));
            table.row(Row::new(vec![
                Cell::text(one.class.replace('_', " ")),
                Cell::count(one.days.into()),
                Cell::count(one.due),
                Cell::text(one.oldest.unwrap_or_else(none)),
                Cell::text(last.unwrap_or_else(none)),
            ]))
        });
    let ledgers = Markup::paragraph(
        "History is what people's own times ask for, and the usual time of who has chosen none. The ledgers of consent and of access are \
         kept whole: an entry that was taken out would break their chains.",
    );
    body = body.with(&facts).with(&classes).with(&ledgers).with(&rounds);
    let how = Markup::paragraph(
        "A pseudonym is made of a person's number with a key of the collector's: it stays the same, and leads to nobody without the \
         key. Bytes are those before sealing. `GET /api/v1/records` has each row by table, pseudonym, device and modality.",
    );
    let watched = unusual_use::told(&people.watching);
    body = body.with(&Fold::new("Whose use of it is watched", &watched));
    Ok(frame.answer(&body.with(&Fold::new("How this is counted", &how))))
}

async fn map(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let finding = "What may be stored, where it lies, why, how long, and who may ask for it.";
    let Opened { frame, .. } = opened(&people, &asker, "Data map", finding, "/records/map").await?;
    let columns = ["Feature", "Unit", "Category", "At most kept", "From"].map(Column::new).to_vec();
    let mut body = Markup::paragraph(
        "Everything of a person is sealed under a key of their own (AES-256-GCM) in the collector's database; in clear stand only person, \
         device, window, modality, sizes and times of receipt. It is kept for the person's own view and, in groups that are large enough, \
         for figures of teams.",
    );
    for modality in Modality::ALL {
        let kinds = categories(modality).into_iter().map(in_words).collect::<Vec<_>>().join(", ");
        let table = modality.features().iter().fold(
            Table::new(format!("{modality}: {kinds}"), columns.clone()),
            |table, feature| {
                table.row(Row::new(vec![
                    Cell::text(feature.name),
                    Cell::text(feature.unit),
                    Cell::text(in_words(feature.category)),
                    Cell::text(format!("{} days", feature.retention.days())),
                    Cell::text(feature.source),
                ]))
            },
        );
        body = body.with(&Fold::new(format!("{modality}: {} features", modality.features().len()), &table));
    }
    if let Some(rights) = &people.rights {
        let columns = ["Route", "Who may, and of whom"].map(Column::new).to_vec();
        let table = rights.rows().fold(Table::new("Who may ask for what", columns), |table, row| {
            let who = match row.who {
                Who::Anyone => "anybody: it tells nothing about anybody".into(),
                Who::SigningIn => "who is signing in".into(),
                Who::SignedIn => "who has signed in, of themselves".into(),
                Who::Granted(grants) => {
                    let one = |grant: &crate::rights::Grant| match grant.by {
                        By::Role(role) => format!("{}: {}", role.words(), grant.scope.words()),
                        By::Permit(permit) => format!("machines that may {}", permit.name()),
                    };
                    grants.iter().map(one).collect::<Vec<_>>().join("; ")
                }
            };
            table.row(Row::new(vec![Cell::text(format!("{} {}", row.method, row.path)), Cell::text(who)]))
        });
        body = body.with(&Fold::new("Who may ask for what", &table));
    }
    Ok(frame.answer(&body))
}

async fn asked(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let all = requests::list(&people.store, None).await?;
    let open = all.iter().filter(|request| request.done_at.is_none()).count();
    let finding = match open {
        0 => "No request is open.".to_owned(),
        1 => "One request is open.".to_owned(),
        several => format!("{several} requests are open, the oldest first."),
    };
    let Opened { frame, csrf, .. } =
        opened(&people, &asker, "Requests of people", &finding, "/records/requests").await?;
    let times = times();
    let columns = ["What", "Whose", "Received", "Due", "State"].map(Column::new).to_vec();
    let mut table = Table::new("Requests", columns).when_empty(&Shown::Empty {
        what: "What people ask of the organisation, and until when it is due.".into(),
        step: None,
    });
    let mut forms = Markup::none();
    for request in &all {
        let state = match request.done_at {
            Some(at) => format!("done {}", times.moment(at)),
            None if request.due_at < times.now => format!("late by {}", length(times.now - request.due_at)),
            None => format!("open, {} left", length(request.due_at - times.now)),
        };
        table = table.row(Row::new(vec![
            Cell::text(request.kind.name()),
            Cell::text(request.pseudonym.clone()),
            Cell::of(&times.when(request.received_at)),
            Cell::of(&times.when(request.due_at)),
            Cell::text(state),
        ]));
        if request.done_at.is_none() {
            let id = request.id.to_string();
            let label = format!("Note as done: {} of {}", request.kind.name(), request.pseudonym);
            let form = Form::post(format!("r{id}"), format!("/records/requests/{id}"), &csrf);
            forms = forms.with(&form.button(Button::quiet(label)));
        }
    }
    let whose = Markup::paragraph(
        "A pseudonym leads to nobody: the person who asked sees their request and its state on their own page. Answer through it, or ask \
         them to come to you.",
    );
    Ok(frame.answer(&Markup::none().with(&table).with(&forms).with(&whose)))
}

async fn done(State(people): State<People>, Path(id): Path<String>) -> Result<Response, Problem> {
    routes::done(&people, &id).await?;
    Ok(go_to("/records/requests", Vec::new()))
}

/// Asks for what [`People::prove_again`] does.
fn copy_form(opened: &Opened) -> Form {
    let form = Form::post("copy", "/ledger/copy", &opened.csrf).named("Save a signed copy");
    let form = match opened.login.password {
        Some(_) => form.field(Field::password("password", "Your password", "current-password")),
        None => form,
    };
    form.button(Button::quiet("Save a signed copy"))
}

async fn ledger(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let (opened, body) = ledger_page(&people, &asker, &copy_form).await?;
    Ok(opened.frame.answer(&body))
}

/// The page of the ledgers, with the form for a copy.
async fn ledger_page(
    people: &People,
    asker: &Asker,
    form: &(dyn Fn(&Opened) -> Form + Sync),
) -> Result<(Opened, Markup), Problem> {
    let all = ledgers(people).await?;
    let broken = all.iter().find_map(|ledger| Some((ledger.name, ledger.first_broken?)));
    let finding = match broken {
        None => "Both ledgers are as they were written: every entry was checked just now.".to_owned(),
        Some((name, place)) => {
            format!(
                "The ledger of {name} is not what was written: entry {place} was changed, removed or put elsewhere."
            )
        }
    };
    let opened = opened(people, asker, "Ledgers", &finding, "/ledger").await?;
    let mut body = Markup::none();
    if broken.is_some() {
        let text = "Keep the database as it is, make a copy with `attune-collector audit export`, and look for who can write to it.";
        body = body.with(&Notice::new(Tone::Failure, "A ledger does not hold", text));
    }
    let columns = ["Ledger", "Entries", "First that does not hold", "Ends with"].map(Column::new).to_vec();
    let table = all.iter().fold(Table::new("Ledgers", columns), |table, ledger| {
        let broken = ledger.first_broken.map_or_else(|| "none".to_owned(), |place| place.to_string());
        table.row(Row::new(vec![
            Cell::text(ledger_in_words(ledger.name)),
            Cell::count(ledger.entries.unsigned_abs()),
            Cell::text(broken),
            Cell::text(ledger.head.clone()),
        ]))
    });
    let times = times();
    let columns = ["Entry", "When", "As", "What", "Of whom"].map(Column::new).to_vec();
    let newest = access::newest(&people.store, i64::MAX, 50).await?;
    let newest = newest.iter().fold(Table::new("The newest entries of access", columns), |table, note| {
        let of = match note.of {
            Of::Nobody => "nobody".to_owned(),
            Of::Everybody => "everybody".to_owned(),
            Of::Person(person) => crate::me::pseudonym(&people.own, person),
        };
        table.row(Row::new(vec![
            Cell::count(note.place.unsigned_abs()),
            Cell::of(&times.when(note.at)),
            Cell::text(access::role(&note.role)),
            Cell::text(access::to_who_oversees(&note.what)),
            Cell::text(of),
        ]))
    });
    let columns = ["Entry", "Came", "Whose", "What", "What for", "Decision", "Text shown"].map(Column::new).to_vec();
    let changes = consent::newest(&people.store, &people.keys, 50).await?;
    let changes =
        changes.iter().fold(Table::new("The newest entries of consent", columns), |table, (place, of, told)| {
            let whose = crate::me::pseudonym(&people.own, *of);
            let gone = || Cell::text("does not open any more");
            let cells = match told {
                Some(told) => [
                    Cell::of(&times.when(told.received_at)),
                    Cell::text(whose),
                    Cell::text(told.change.modality.name()),
                    Cell::text(purpose(told.change.purpose)),
                    Cell::text(if told.change.granted { "agreed" } else { "withdrawn" }),
                    Cell::text(told.text_words()),
                ],
                None => [Cell::none(), Cell::text(whose), gone(), Cell::none(), Cell::none(), Cell::none()],
            };
            table.row(Row::new([Cell::count(place.unsigned_abs())].into_iter().chain(cells).collect()))
        });
    body = body
        .with(&table)
        .with(&form(&opened))
        .with(&newest)
        .with(&changes)
        .with(&Fold::new("The texts that people are shown, in all versions", &texts()))
        .with(&Fold::new("How this is checked", &Markup::paragraph(
            "Each entry is hashed (SHA-256) with the one before, so that one that was changed, removed or put elsewhere breaks the chain \
             from there on. Whoever keeps a copy, or the hash with which a ledger ends, can tell later whether all of it was written \
             anew: `attune-collector audit verify FILE`. A copy names people, accounts and devices by the collector's own numbers and \
             not by pseudonyms: the chain is made over these, and nobody could check it without. Whoever has the database, too, can tell \
             from it who is who.",
        )));
    Ok((opened, body))
}

/// Every version of every text about consent.
fn texts() -> Facts {
    let mut all = Facts::new();
    for modality in Modality::ALL {
        for purpose in Purpose::ALL {
            for (version, says) in (1_u16..).zip(versions(modality, purpose)) {
                all = all.fact(format!("{modality}, {}, version {version}", self::purpose(purpose)), *says);
            }
        }
    }
    all
}

/// A signed copy, for who shows the password once more.
async fn copy(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    let login = asker.login().ok_or_else(|| Problem::unauthorized("this is for who has signed in"))?;
    let visit = visit(&request);
    let fields = Fields::take(&people.bodies, request).await?;
    if let Err(problem) =
        people.prove_again(&visit, (login, asker.session()), ("password", fields.get("password"))).await
    {
        let wrong = |opened: &Opened| {
            let mut form = copy_form(opened);
            refuse(&mut form, &problem);
            form
        };
        let (opened, body) = ledger_page(&people, &asker, &wrong).await?;
        return Ok(answered_as(problem, opened.frame.refused(true).answer(&body)));
    }
    let text = access::copy(&people.store, &people.own.signing()).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"attune-ledgers.jsonl\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, text).into_response())
}
