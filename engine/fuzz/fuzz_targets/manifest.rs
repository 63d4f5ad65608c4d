//! A manifest, or an edit.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| kvorum::storage::fuzz::manifest(input));
