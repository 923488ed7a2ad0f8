//! HR data: six tables in, one row an employee out of them, and unusual ones found and explained.

pub mod master;
pub mod reading;
pub mod rows;
