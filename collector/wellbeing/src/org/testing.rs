//! Teams with figures, on each database, for the tests of what is shown of them.

use std::sync::Arc;

use attune_ground::http::body::Bodies;
use attune_ground::measures::Measure;
use attune_ground::retention::Limits;
use attune_ground::testing::Database;
use attune_ground::time::now_millis;
use attune_pages::words::Calendar;
use attune_people::access::By;
use attune_people::rights::{Asker, LoginId, Means, Role, Scope};
use attune_people::sign_in::{self, NewLogin};
use attune_people::teams::{self, Period, TeamId, Whom};
use attune_people::{People, Settings as PeopleSettings};
use attune_protocol::policy::{Papers, Profile};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::asked::last_over;
use crate::bucket::{Span, day_number};
use crate::state::{Settings, Wellbeing};

/// A collector with two teams, of which a manager leads one; HR, too, has an account.
pub(super) struct Here {
    pub(super) state: Wellbeing,
    pub(super) harbour: TeamId,
    pub(super) workshop: TeamId,
    pub(super) hr: Asker,
    pub(super) manager: Asker,
    /// The Monday of the last week that is over.
    pub(super) last: Date,
    database: Database,
}

impl Here {
    /// One on each database that there is.
    pub(super) async fn each(profile: Profile) -> Vec<Self> {
        let migrations = [&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &crate::MIGRATIONS];
        let mut all = Vec::new();
        for database in Database::each(&migrations).await {
            all.push(Self::on(database, profile).await);
        }
        all
    }

    async fn on(database: Database, profile: Profile) -> Self {
        let store = &database.store;
        let settings = PeopleSettings { profile, registration: false, limits: Limits::built_in(profile) };
        let ground = (store.clone(), database.people.clone(), Arc::clone(&database.own));
        let people = People::new(ground, Bodies::default(), &[], settings);
        let set = Settings { least_people: 10, epsilon: None };
        let state = Wellbeing::new(store.clone(), people, set, Vec::new());
        let harbour = teams::make(store, "Harbour", &By::COMMAND).await.expect("made").expect("is new");
        let workshop = teams::make(store, "Workshop", &By::COMMAND).await.expect("made").expect("is new");
        let (hanna, mira) = (login(&database, "hanna", Role::Hr).await, login(&database, "mira", Role::Manager).await);
        let period = Period { since: 0, until: None };
        let led = teams::add(store, harbour, Whom::Manager(mira), period, &By::COMMAND).await;
        led.expect("added").expect("nobody leads it");
        let last = last_over(&Calendar::new(TimeZone::UTC, now_millis())).expect("a week");
        let (hr, manager) = (asker(hanna, Role::Hr, Scope::All), asker(mira, Role::Manager, Scope::OwnTeams));
        Self { state, harbour, workshop, hr, manager, last, database }
    }

    /// The Monday of so many weeks before the last one that is over.
    pub(super) fn weeks_ago(&self, weeks: i64) -> Date {
        self.last.checked_sub((7 * weeks).days()).expect("a day")
    }

    /// Gives a figure of twelve people, told as ten, for a week of a team.
    pub(super) async fn figure(&self, team: TeamId, measure: &str, week: Date, value: f64) {
        let between = (value - 0.05, value + 0.05);
        let (noise, bands) = (None::<(f64, f64)>, None::<[Option<u32>; 3]>);
        let stored = (value, between, 12_u32, Some(0.5), noise, bands, 10_u32);
        let bytes = postcard::to_stdvec(&stored).expect("numbers");
        self.row(team, measure, week, 0, &[vec![2], bytes].concat()).await;
    }

    /// Withholds a week of a team, as of too few people.
    pub(super) async fn withhold(&self, team: TeamId, measure: &str, week: Date) {
        self.row(team, measure, week, 1, &[2]).await;
    }

    /// Withholds a week of a team, as it would tell what everybody's is.
    pub(super) async fn share(&self, team: TeamId, measure: &str, week: Date) {
        self.row(team, measure, week, 4, &[2]).await;
    }

    /// The same with all papers on record.
    pub(super) fn with_papers(self) -> Self {
        let people = self.state.people().clone().on_record(Papers { dpia: true, works_agreement: true });
        let state = Wellbeing::new(self.database.store.clone(), people, self.state.settings(), Vec::new());
        Self { state, ..self }
    }

    async fn row(&self, team: TeamId, measure: &str, week: Date, why: i64, figure: &[u8]) {
        let mut transaction = self.database.store.begin().await.expect("begins");
        let statement =
            "INSERT INTO team_figures (team, measure, span, start, why, figure) VALUES ($1, $2, $3, $4, $5, $6)";
        sqlx::query(statement)
            .bind(team.0.to_vec())
            .bind(i64::from(Measure::of_name(measure).expect("a measure").number))
            .bind(Span::Week.number())
            .bind(day_number(week))
            .bind(why)
            .bind(figure.to_vec())
            .execute(&mut **transaction)
            .await
            .expect("written");
        transaction.commit().await.expect("commits");
    }
}

async fn login(database: &Database, name: &str, role: Role) -> LoginId {
    let mut transaction = database.store.begin().await.expect("begins");
    let roles = [role];
    let new = NewLogin { name, user_id: None, mail: None, roles: &roles, password: None, may_exist: false };
    let made = sign_in::create(&mut transaction, &database.people, &database.own, new).await.expect("made");
    transaction.commit().await.expect("commits");
    made.unwrap_or_else(|_| panic!("{name} is taken"))
}

fn asker(login: LoginId, role: Role, scope: Scope) -> Asker {
    Asker::new(Means::Login { login, person: None, roles: vec![role], session: None }, scope)
}
