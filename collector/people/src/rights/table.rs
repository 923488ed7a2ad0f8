use std::collections::BTreeMap;

use super::{Permit, Role, Scope};

/// By what somebody may ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// By what they are.
    Role(Role),
    /// A machine, by what its token permits.
    Permit(Permit),
}

/// Who may ask, and of whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grant {
    /// By what.
    pub by: By,
    /// Of whom.
    pub scope: Scope,
}

impl Grant {
    /// For who has a role.
    #[must_use]
    pub const fn role(role: Role, scope: Scope) -> Self {
        Self { by: By::Role(role), scope }
    }

    /// For a machine.
    #[must_use]
    pub const fn permit(permit: Permit) -> Self {
        Self { by: By::Permit(permit), scope: Scope::All }
    }
}

/// Who may ask for a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// Anybody: it tells nothing about anybody.
    Anyone,
    /// Who has begun to sign in and has something left to show for it.
    SigningIn,
    /// Whoever has signed in, for what is their own.
    SignedIn,
    /// These.
    Granted(&'static [Grant]),
}

/// Of whom a route tells somebody else, which goes to the log of access.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tells {
    /// Of nobody, or whoever asks of themselves.
    Nobody,
    /// Of everybody, as a list of all does.
    Everybody,
    /// Of nobody, in a file that is taken away: the entry is about nobody, so that who takes far more of them than usual is seen.
    File,
    /// Of whom only the handler knows, or only where it refuses a form and shows the rest of its page: it makes the entry.
    One,
}

/// A line of the table: a route, who may ask for it and of whom it tells.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// `GET`, `POST` ...
    pub method: &'static str,
    /// As the router has it, `/api/v1/sessions/{id}`.
    pub path: &'static str,
    /// Who may.
    pub who: Who,
    /// Of whom it tells.
    pub tells: Tells,
}

impl Row {
    /// The same of a route that tells of others.
    #[must_use]
    pub const fn tells(self, tells: Tells) -> Self {
        Self { tells, ..self }
    }
}

/// Who may ask for what: every route has a line, and what has none is answered to nobody.
#[derive(Clone, Debug)]
pub struct Table(BTreeMap<&'static str, BTreeMap<&'static str, Row>>);

impl Table {
    /// A table of these lines.
    ///
    /// # Panics
    /// When a route has two lines: then one of them would not count.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = Row>) -> Self {
        let mut table: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for row in rows {
            let Row { method, path, .. } = row;
            let before = table.entry(path).or_default().insert(method, row);
            assert!(before.is_none(), "{method} {path} stands twice in the table of rights");
        }
        Self(table)
    }

    /// The line of a route; what may be got may be asked for its head, too.
    #[must_use]
    pub fn of(&self, method: &str, path: &str) -> Option<Row> {
        let methods = self.0.get(path)?;
        methods.get(if method == "HEAD" { "GET" } else { method }).copied()
    }

    /// The methods that a path has.
    #[must_use]
    pub fn methods(&self, path: &str) -> Vec<&'static str> {
        self.0.get(path).map(|methods| methods.keys().copied().collect()).unwrap_or_default()
    }

    /// All lines, by path and method.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.0.values().flat_map(|methods| methods.values().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_without_a_line_is_for_nobody_and_a_head_is_as_what_it_is_of() {
        let row = |method, who| Row { method, path: "/a/{id}", who, tells: Tells::Nobody };
        const GRANTS: &[Grant] = &[Grant::role(Role::Admin, Scope::All)];
        let table = Table::new([row("GET", Who::Anyone), row("DELETE", Who::Granted(GRANTS))]);
        let who = |method, path| table.of(method, path).map(|row| row.who);
        assert_eq!(who("GET", "/a/{id}"), Some(Who::Anyone));
        assert_eq!(who("HEAD", "/a/{id}"), Some(Who::Anyone));
        assert_eq!(who("POST", "/a/{id}"), None);
        assert_eq!(who("GET", "/a"), None);
        assert_eq!(table.methods("/a/{id}"), ["DELETE", "GET"]);
        assert_eq!(table.rows().count(), 2);
    }

    #[test]
    #[should_panic(expected = "twice")]
    fn a_route_has_one_line() {
        let row = || Row { method: "GET", path: "/", who: Who::Anyone, tells: Tells::Nobody };
        let _ = Table::new([row(), row()]);
    }
}
