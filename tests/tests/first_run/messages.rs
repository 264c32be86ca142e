//! What became of a message: what is asked for wrongly.

use crate::failure::assert_fails;
use ringproof_blackbox::world::fixture_folder;

const ID: &str = "0123456789abcdef0123456789abcdef01234567";

#[test]
fn a_message_that_is_not_there_is_named() {
    let folder = fixture_folder("");
    assert_fails(&folder, &["sms", "show", ID], &[ID, "check the id"]);
    assert_fails(&folder, &["sms", "show", ID, "--account", "acme-api"], &[ID, "acme-api"]);
    assert_fails(&folder, &["sms", "show", ID, "--account", "nobody-api"], &["nobody-api"]);
    for wrong in ["17", "0123456789ABCDEF0123456789ABCDEF01234567", "+37255500123"] {
        assert_fails(&folder, &["sms", "show", wrong, "--text"], &["40 hex digits"]);
    }
}
