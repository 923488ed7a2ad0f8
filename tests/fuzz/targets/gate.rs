#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| attune_sensing::fuzzing::gate(bytes));
