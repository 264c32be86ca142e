//! The value of `X-Service-Auth`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringproof_server::http::auth::header;

fuzz_target!(|bytes: &[u8]| {
    let Some(read) = header::parse(bytes) else { return };
    assert!(bytes.len() <= 512 && !read.username.contains(':'));
    let whole = format!("{}:{}", read.username, read.password);
    assert_eq!(whole.as_bytes(), bytes.trim_ascii());
});
