//! Request bodies of the Verification API.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringproof_server::http::verification::body::Members;

fuzz_target!(|bytes: &[u8]| {
    let Some(members) = Members::parse(bytes) else { return };
    for name in ["token", "method", "fqdn", "auth_id"] {
        let needed = members.text(name).ok();
        assert!(needed.is_none() || needed == members.nullable_text(name).ok().flatten());
    }
});
