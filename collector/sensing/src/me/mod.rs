//! A person's own day, and why each score of a session is what it is: `/me` and `/me/why`.

mod day;
mod pages;
mod routes;
mod why;
mod written;

pub(crate) use pages::router as pages;
pub(crate) use routes::router;
