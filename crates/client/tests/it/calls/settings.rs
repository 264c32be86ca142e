//! What a client can be made of, and what it shows.

use std::process::Command;
use std::time::Duration;

use ringproof_client::{Builder, Ringproof, SettingsError};

use super::fake::{PASSWORD, client};

fn builder() -> Builder {
    Ringproof::builder("shop", PASSWORD).endpoint("https://verify.example.com")
}

#[test]
fn what_cannot_be_is_refused_and_not_repeated() {
    let of = |username: &str, password: &str| Ringproof::builder(username, password).build();
    for (outcome, error) in [
        (of("", PASSWORD), SettingsError::Username),
        (of("a:b", PASSWORD), SettingsError::Username),
        (of("shop", ""), SettingsError::Password),
        (of("shop", "pass\nword"), SettingsError::Password),
        (of("shop", &"p".repeat(512)), SettingsError::Password),
        (builder().endpoint("http://verify.example.com").build(), SettingsError::PlainHttp),
        (builder().endpoint("https://a:secret@b.example").build(), SettingsError::Endpoint),
        (builder().timeout(Duration::ZERO).build(), SettingsError::Timeout),
        (builder().connect_timeout(Duration::MAX).build(), SettingsError::Timeout),
        (builder().retries(11).build(), SettingsError::Retries),
        (builder().widget_secret("").build(), SettingsError::Widget),
        (builder().authorities_pem(b"no certificate").build(), SettingsError::Certificates),
    ] {
        let found = outcome.expect_err("it cannot be");
        assert_eq!(found, error);
        assert!(!format!("{found} {found:?}").contains("secret@"), "{found}");
    }
    assert!(builder().endpoint("http://verify.example.com").allow_plain_http().build().is_ok());
}

#[test]
fn a_client_shows_no_secret() {
    let ringproof = client(&["http://127.0.0.1:1"]);
    let shown = format!("{ringproof:?} {:?} {:?}", ringproof.auth(), ringproof.widget());
    assert!(shown.contains("shop") && shown.contains("http://127.0.0.1:1"), "{shown}");
    assert!(!shown.contains(PASSWORD) && !shown.contains("a widget secret"), "{shown}");
}

#[test]
fn a_machine_without_certificates_calls_its_own_server() {
    let this = std::env::current_exe().expect("a running program has a path");
    let outcome = Command::new(this)
        .args(["calls::settings::without_certificates", "--exact", "--ignored"])
        .envs([("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", "/dev/null")])
        .output()
        .expect("this executable starts");
    let said = String::from_utf8_lossy(&outcome.stdout);
    assert!(outcome.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "needs an environment without certificates; the test above makes it"]
fn without_certificates() {
    let plain = || Ringproof::builder("shop", PASSWORD).endpoint("http://127.0.0.1:8080");
    plain().build().expect("no certificate is asked for");
    let both = plain().endpoint("https://verify.example.com").build();
    assert_eq!(both.expect_err("it cannot be"), SettingsError::Certificates);
}
