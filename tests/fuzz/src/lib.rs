//! What the programs have in common that fuzz a room in which decoders of others are at work.

use std::panic::{PanicHookInfo, set_hook};

/// A decoder of others that gives up is caught where it is called, and is no fault of ours; without this the program ended all the
/// same. What panics in our own code ends it, caught or not.
pub fn forgive_others() {
    set_hook(Box::new(|panic| {
        if is_ours(panic) {
            eprintln!("{panic}");
            std::process::abort();
        }
    }));
}

fn is_ours(panic: &PanicHookInfo<'_>) -> bool {
    let others = |file: &str| file.contains("/registry/src/") || file.starts_with("/rustc/");
    !panic.location().is_some_and(|place| others(place.file()))
}
