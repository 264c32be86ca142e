//! Paths.
#![no_main]

use http::{Method, Uri};
use libfuzzer_sys::fuzz_target;
use ringproof_server::http::stack::{normalise_path, normalise_uri};
use ringproof_server::http::verification::route::Target;

fuzz_target!(|path: &str| {
    let target = Target::parse(path);
    assert_eq!(Target::parse(&normalise_path(path)), target);
    if let Some(target) = target {
        assert_eq!(target.call(&Method::GET).is_some(), target.methods().contains("GET"));
    }
    if let Ok(mut uri) = path.parse::<Uri>() {
        normalise_uri(&mut uri);
    }
});
