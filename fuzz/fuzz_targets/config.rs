//! Configuration files.
#![no_main]

use std::io::Write as _;

use libfuzzer_sys::fuzz_target;
use ringproof_server::config::{Flags, load};

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file takes bytes");
    let flags = Flags { config: Some(file.path().to_owned()), ..Flags::default() };
    match load(&flags, []) {
        Ok(loaded) => drop(loaded.print()),
        Err(problems) => assert!(!problems.to_string().is_empty()),
    }
});
