//! Nothing but a list of dependencies: the features that some builds would otherwise turn on and others not.
//!
//! A dependency is compiled with the features that all packages of one `cargo` call ask for, and what stands above it
//! is then compiled anew too. The tests' own dependencies ask for more than the programs do: without this list
//! `./attune test` would compile sqlx, tract and much else a second time behind `./attune demo`. `.ci/run` fails when
//! that happens; `cargo tree -e features -i CRATE` then says who asks for what.
