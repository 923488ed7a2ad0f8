use attune_ground::http::{AnyQuery, Path, Problem};
use attune_ground::time::now_millis;
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Choice, Confirm, Field, Form, TextKind, Weight};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::groups::{self, Place};
use super::super::{by, day, runs};
use super::{After, calendar, done, of_the_form, open, refused, shown_again};
use crate::People;
use crate::access::{self, Of};
use crate::pages::{Fields, go_to};
use crate::rights::Asker;
use crate::sign_in::Opened;
use crate::teams::{self, Team};

fn path(team: &Team) -> String {
    format!("/admin/teams/{}", team.id)
}

/// One team.
pub(super) async fn show(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    let opened = of(&people, &asker, &team).await?;
    let news = match after.done.as_str() {
        "name" => done("The team has its new name"),
        "place" => done("The team is changed"),
        "closed" => done("The team is closed"),
        _ => Markup::none(),
    };
    let body = body(&people, &team, &opened.csrf, None).await?;
    Ok(opened.frame.answer(&news.with(&body)))
}

async fn of(people: &People, asker: &Asker, team: &Team) -> Result<Opened, Problem> {
    let finding = match team.closed_at {
        None => "Days are those of UTC; the last day is within.".to_owned(),
        Some(at) => format!("Closed {}: nobody is in it, and its past stays as it was.", calendar().moment(at)),
    };
    let mut opened = open(people, asker, &team.name, &finding, "/admin/teams").await?;
    opened.frame = opened.frame.back("/admin/teams", "Teams");
    Ok(opened)
}

/// The forms of the page, each under its name.
struct Forms {
    member: Form,
    manager: Form,
    end: Form,
    name: Form,
}

impl Forms {
    fn of(team: &Team, csrf: &str, members: &[Place], managers: &[Place]) -> Self {
        let place = path(team);
        let days = |form: Form| {
            form.field(Field::text("since", "First day", TextKind::Date).value(&day::of(now_millis())))
                .field(Field::text("until", "Last day", TextKind::Date).optional())
        };
        let member = Form::post("member", format!("{place}/members"), csrf).named("Put somebody in").field(
            Field::text("user_id", "User id", TextKind::Name)
                .hint("As it stands under People")
                .at_most(256)
                .autocomplete("off"),
        );
        let manager = Form::post("manager", format!("{place}/managers"), csrf).named("Let somebody lead it").field(
            Field::text("username", "Account", TextKind::Name)
                .hint("The name of an account that has the role manager")
                .at_most(128)
                .autocomplete("off"),
        );
        let told = |role: &str, one: &Place| {
            let (since, until) = day::days(one.period);
            let until = until.map(|until| format!(" to {until}")).unwrap_or_default();
            Choice::new(one.id.to_string(), format!("{}, {role} from {since}{until}", one.name))
        };
        let choices =
            members.iter().map(|one| told("in it", one)).chain(managers.iter().map(|one| told("leads it", one)));
        let end = Form::post("end", format!("{place}/end"), csrf)
            .named("Change an end")
            .field(Field::select("place", "Whose", choices.collect()))
            .field(Field::text("until", "Last day", TextKind::Date).optional().hint("Empty: it goes on"))
            .field(Field::check("mistake", "It was a mistake: take it back, as if it had never been"))
            .button(Button::quiet("Change it"));
        let name = Form::post("name", format!("{place}/name"), csrf)
            .named("Another name")
            .field(Field::text("name", "Name", TextKind::Plain).value(&team.name).at_most(80).autocomplete("off"))
            .button(Button::quiet("Rename the team"));
        Self {
            member: days(member).button(Button::primary("Put them in")),
            manager: days(manager).button(Button::quiet("Let them lead it")),
            end,
            name,
        }
    }

    fn named(&mut self, id: &str) -> &mut Form {
        match id {
            "member" => &mut self.member,
            "manager" => &mut self.manager,
            "end" => &mut self.end,
            _ => &mut self.name,
        }
    }
}

/// The page, with one of its forms refused where one was.
async fn body(
    people: &People,
    team: &Team,
    csrf: &str,
    wrong: Option<(&str, &Fields, &Problem)>,
) -> Result<Markup, Problem> {
    let (members, managers) = groups::places(people, team.id).await?;
    let table = |caption: &str, empty: &str, places: &[Place]| {
        let columns = ["Who", "First day", "Last day", "Now"].map(Column::new);
        let table = Table::new(caption, columns.into()).when_empty(&Shown::Empty { what: empty.into(), step: None });
        places.iter().fold(table, |table, place| {
            let (since, until) = day::days(place.period);
            let now = if place.period.holds(now_millis()) { "yes" } else { "no" };
            let until = until.map_or_else(|| Cell::text("goes on"), Cell::text);
            table.row(Row::new(vec![Cell::text(&place.name), Cell::text(since), until, Cell::text(now)]))
        })
    };
    let body = Markup::of(&table("In it", "People who are in this team, each for a time.", &members)).with(&table(
        "Lead it",
        "Accounts that lead this team, each for a time.",
        &managers,
    ));
    if team.closed_at.is_some() {
        return Ok(body);
    }
    let mut forms = Forms::of(team, csrf, &members, &managers);
    if let Some((id, fields, problem)) = wrong {
        let form = forms.named(id);
        *form = refused(form.clone(), fields.typed(), problem);
    }
    let mut body = body.with(&forms.member).with(&forms.manager);
    if !(members.is_empty() && managers.is_empty()) {
        body = body.with(&forms.end);
    }
    let close = ButtonLink::new(format!("{}/close", path(team)), "Close the team", Weight::Dangerous);
    Ok(body.with(&forms.name).with(&close))
}

/// Shows the page again where a form was refused, and leads on where it was not.
async fn led_on(
    people: &People,
    asker: &Asker,
    team: &Team,
    (form, fields): (&str, &Fields),
    changed: Result<&str, Problem>,
) -> Result<Response, Problem> {
    match changed {
        Ok(done) => Ok(go_to(&format!("{}?done={done}", path(team)), Vec::new())),
        Err(problem) => {
            let problem = of_the_form(problem)?;
            access::read(&people.store, asker, Of::Everybody).await?;
            let opened = of(people, asker, team).await?;
            let body = body(people, team, &opened.csrf, Some((form, fields, &problem))).await?;
            Ok(shown_again(&opened, problem, &body))
        }
    }
}

/// Gives a team another name.
pub(super) async fn rename(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    let fields = Fields::take(&people.bodies, request).await?;
    let renamed = teams::rename(&people.store, team.id, fields.get("name"), &by(&asker)).await?;
    led_on(&people, &asker, &team, ("name", &fields), renamed.map(|()| "name").map_err(Problem::from)).await
}

/// Puts somebody into a team.
pub(super) async fn add_member(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    let fields = Fields::take(&people.bodies, request).await?;
    let added = async {
        let period = day::period(fields.get("since"), fields.given("until"))?;
        groups::add_member(&people, team.id, fields.get("user_id"), period, &by(&asker)).await
    };
    let added = added.await.map(|()| "place");
    led_on(&people, &asker, &team, ("member", &fields), added).await
}

/// Lets an account lead a team.
pub(super) async fn add_manager(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    let fields = Fields::take(&people.bodies, request).await?;
    let added = async {
        let period = day::period(fields.get("since"), fields.given("until"))?;
        groups::add_manager(&people, team.id, fields.get("username"), period, &by(&asker)).await
    };
    let added = added.await.map(|()| "place");
    led_on(&people, &asker, &team, ("manager", &fields), added).await
}

/// Says when a place ends, or takes it back.
pub(super) async fn end(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    let fields = Fields::take(&people.bodies, request).await?;
    let (place, until) = (fields.get("place"), fields.given("until"));
    let changed = async {
        match (place, fields.get("mistake")) {
            ("", _) => Err(Problem::bad_request("place", "choose whose end it is")),
            (place, "yes") => groups::take_back(&people.store, team.id, place, &by(&asker)).await,
            (place, _) => groups::end(&people.store, team.id, place, until, &by(&asker)).await,
        }
    };
    let changed = changed.await.map(|()| "place");
    led_on(&people, &asker, &team, ("end", &fields), changed).await
}

/// Asks once more before a team is closed.
pub(super) async fn ask_close(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    let title = format!("Close {}", team.name);
    let opened = open(&people, &asker, &title, "Its past stays: who was in it, and when.", "/admin/teams").await?;
    let confirm = Confirm::new(format!("{}/close", path(&team)), &*opened.csrf, "Close the team", path(&team))
        .gone("Everybody's place in it, from now on")
        .gone("Its figures of days to come, for who leads it");
    Ok(opened.frame.answer(&Markup::of(&confirm)))
}

/// Closes a team.
pub(super) async fn close(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    runs(&asker)?;
    let team = groups::find(&people.store, &id).await?;
    teams::close(&people.store, team.id, &by(&asker)).await??;
    Ok(go_to(&format!("{}?done=closed", path(&team)), Vec::new()))
}
