#![no_main]

libfuzzer_sys::fuzz_target!(
    init: attune_fuzz::forgive_others(),
    |bytes: &[u8]| attune_agent::fuzzing::files(bytes)
);
