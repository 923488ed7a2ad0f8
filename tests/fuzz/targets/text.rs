#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| attune_analysis::fuzzing::text(bytes));
