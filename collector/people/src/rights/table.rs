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

/// A line of the table: a route and who may ask for it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// `GET`, `POST` ...
    pub method: &'static str,
    /// As the router has it, `/api/v1/sessions/{id}`.
    pub path: &'static str,
    /// Who may.
    pub who: Who,
}

/// Who may ask for what: every route has a line, and what has none is answered to nobody.
#[derive(Clone, Debug)]
pub struct Table(BTreeMap<&'static str, BTreeMap<&'static str, Who>>);

impl Table {
    /// A table of these lines.
    ///
    /// # Panics
    /// When a route has two lines: then one of them would not count.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = Row>) -> Self {
        let mut table: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for Row { method, path, who } in rows {
            let before = table.entry(path).or_default().insert(method, who);
            assert!(before.is_none(), "{method} {path} stands twice in the table of rights");
        }
        Self(table)
    }

    /// Who may ask for a route; what may be got may be asked for its head, too.
    #[must_use]
    pub fn of(&self, method: &str, path: &str) -> Option<Who> {
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
        let of = |(path, methods): (&&'static str, &BTreeMap<&'static str, Who>)| {
            let path = *path;
            methods.iter().map(move |(method, who)| Row { method, path, who: *who }).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_without_a_line_is_for_nobody_and_a_head_is_as_what_it_is_of() {
        let row = |method, who| Row { method, path: "/a/{id}", who };
        const GRANTS: &[Grant] = &[Grant::role(Role::Admin, Scope::All)];
        let table = Table::new([row("GET", Who::Anyone), row("DELETE", Who::Granted(GRANTS))]);
        assert_eq!(table.of("GET", "/a/{id}"), Some(Who::Anyone));
        assert_eq!(table.of("HEAD", "/a/{id}"), Some(Who::Anyone));
        assert_eq!(table.of("POST", "/a/{id}"), None);
        assert_eq!(table.of("GET", "/a"), None);
        assert_eq!(table.methods("/a/{id}"), ["DELETE", "GET"]);
        assert_eq!(table.rows().count(), 2);
    }

    #[test]
    #[should_panic(expected = "twice")]
    fn a_route_has_one_line() {
        let row = || Row { method: "GET", path: "/", who: Who::Anyone };
        let _ = Table::new([row(), row()]);
    }
}
