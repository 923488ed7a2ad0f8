#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| attune_agent::fuzzing::handed_over(bytes));
