//! A segment of the log, the payload of a batch, or frames around hostile payloads.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| kvorum::storage::fuzz::log(input));
