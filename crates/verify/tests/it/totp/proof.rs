//! Authenticators that are no app of ours: proof of possession, bounds, names and
//! addresses (S-29, S-88).

use ringproof_verify::engine::authenticator::{AuthenticatorRefusal, DeviceName};
use ringproof_verify::ids::{AuthenticatorId, ServiceId, UserId};
use ringproof_verify::record::Method;
use ringproof_verify::totp::{Algorithm, Seed, otpauth_uri};

use crate::authing::{is_wrong, wish};
use crate::world::{Person, World};

#[test]
fn what_proved_nothing_never_authenticates() {
    let (mut world, jane) = World::with_person();
    let unproved = world.unproved(jane, Algorithm::Sha1);
    assert_eq!(world.start_by(jane, Method::Totp).method, Method::Sms, "it does not count");
    world.add_device(jane);
    let unproved_too = world.unproved(jane, Algorithm::Sha1);
    assert!(!world.logs_in_with(jane, &unproved, 0));
    assert!(!world.logs_in_with(jane, &unproved_too, 0));
    assert_eq!(world.records.users[&jane.user].devices_active, 1);
    let guard = world.guard(jane);
    assert_eq!(guard.milliunits_since_success, 6_000, "it makes no guess dearer either");
}

#[test]
fn the_first_code_is_proof_and_spent() {
    let (mut world, jane) = World::with_person();
    let token = world.unproved(jane, Algorithm::Sha1);
    let code = token.at(world.now);
    let confirmed = world.confirm_other(jane, token.id, &code).unwrap();
    assert_eq!((confirmed.confirmed_at, confirmed.id), (Some(world.now), token.id));
    assert_eq!(world.kept(token.id), &*confirmed);
    assert!(is_wrong(&world.login(jane, &code)));
    assert!(world.logs_in_with(jane, &token, 30_000));
    let again = world.confirm_other(jane, token.id, &token.at(world.now));
    assert_eq!(again.unwrap_err(), AuthenticatorRefusal::NotFound);
}

#[test]
fn five_wrong_proofs_end_it() {
    let (mut world, jane) = World::with_person();
    let token = world.unproved(jane, Algorithm::Sha1);
    let right = token.at(world.now);
    for attempts_left in (0..5).rev() {
        let refused = world.confirm_other(jane, token.id, "abcdef").unwrap_err();
        assert_eq!(refused, AuthenticatorRefusal::WrongCode { attempts_left });
        if attempts_left == 1 {
            let mut world = world.clone();
            assert!(world.confirm_other(jane, token.id, &right).is_ok(), "the fifth may be right");
            assert_eq!(world.kept(token.id).attempts, 0);
        }
    }
    assert!(world.records.authenticators.is_empty());
    let late = world.confirm_other(jane, token.id, &right);
    assert_eq!(late.unwrap_err(), AuthenticatorRefusal::NotFound);
}

#[test]
fn a_code_of_another_one_or_out_of_the_window_is_no_proof() {
    let (mut world, jane) = World::with_person();
    let other = world.add_device(jane);
    let token = world.unproved(jane, Algorithm::Sha1);
    for code in [other.at(world.now), token.at(world.now + crate::devices::seconds(61))] {
        let refused = world.confirm_other(jane, token.id, &code);
        assert!(matches!(refused, Err(AuthenticatorRefusal::WrongCode { .. })));
    }
    let late = token.at(world.now + crate::devices::seconds(-30));
    assert!(world.confirm_other(jane, token.id, &late).is_ok());
}

#[test]
fn a_new_one_replaces_what_proved_nothing_and_a_sixth_is_refused() {
    let (mut world, jane) = World::with_person();
    let forgotten = world.unproved(jane, Algorithm::Sha1);
    for _ in 0..5 {
        world.add_device(jane);
    }
    assert!(!world.records.authenticators.iter().any(|a| a.id == forgotten.id));
    let sixth = world.create_other(jane, &wish("Sixth", Algorithm::Sha1, None));
    assert_eq!(sixth.unwrap_err(), AuthenticatorRefusal::Full);
    let first = world.records.authenticators[0].id;
    world.remove_other(jane, first).unwrap();
    assert_eq!(world.remove_other(jane, first), Err(AuthenticatorRefusal::NotFound));
    assert!(world.create_other(jane, &wish("Sixth", Algorithm::Sha1, None)).is_ok());
    assert_eq!(world.records.users[&jane.user].devices_active, 4);
}

#[test]
fn what_is_removed_is_wrong_at_once_and_a_seed_can_be_brought_along() {
    let (mut world, jane) = World::with_person();
    let keeps = world.add_device(jane);
    let brought = Seed::from_bytes(b"verigator-totp-seed!".to_vec());
    let request = wish("Old", Algorithm::Sha512, Some(brought.clone()));
    let created = world.create_other(jane, &request).unwrap();
    assert_eq!(created.seed.expose(), brought.expose());
    assert_eq!((created.issuer.as_str(), created.account.as_str()), ("Shop 0", "user 0"));
    let token =
        crate::authing::Token { id: created.authenticator.id, seed: brought, ..keeps.clone() };
    let token = crate::authing::Token { algorithm: Algorithm::Sha512, ..token };
    world.confirm_other(jane, token.id, &token.at(world.now)).unwrap();
    world.advance(60);
    assert!(world.clone().logs_in_with(jane, &token, 0));
    world.remove_other(jane, token.id).unwrap();
    assert!(!world.logs_in_with(jane, &token, 0) && world.logs_in_with(jane, &keeps, 0));
}

#[test]
fn nobody_touches_the_authenticators_of_others() {
    let (mut world, jane) = World::with_person();
    let john = world.add_person(jane.service, "+37255500124");
    let token = world.unproved(jane, Algorithm::Sha1);
    let code = token.at(world.now);
    let foreign = world.add_service();
    let (nobody, nowhere) = (UserId::from_bytes([9; 16]), ServiceId::from_bytes([9; 16]));
    for (person, refusal) in [
        (john, AuthenticatorRefusal::NotFound),
        (Person { service: foreign, ..jane }, AuthenticatorRefusal::UserNotFound),
        (Person { user: nobody, ..jane }, AuthenticatorRefusal::UserNotFound),
        (Person { service: nowhere, ..jane }, AuthenticatorRefusal::ServiceNotFound),
    ] {
        assert_eq!(world.confirm_other(person, token.id, &code).unwrap_err(), refusal);
        assert_eq!(world.remove_other(person, token.id).unwrap_err(), refusal);
    }
    let unknown = AuthenticatorId::from_bytes([9; 16]);
    assert!(world.confirm_other(jane, unknown, &code).is_err());
    assert!(world.confirm_other(jane, token.id, &code).is_ok());
}

#[test]
fn names_show_what_they_are() {
    for (text, name) in [
        ("  Phone ", Some("Phone")),
        ("Jaani 📱 telefon", Some("Jaani 📱 telefon")),
        ("Cafe\u{301}", Some("Café")),
        ("", None),
        (" \t ", None),
        ("a\nb", None),
        ("a\u{7f}b", None),
    ] {
        assert_eq!(DeviceName::parse(text).as_ref().map(DeviceName::as_str), name, "{text:?}");
    }
    let long = "ö".repeat(40);
    assert!(DeviceName::parse(&long).is_some());
    assert!(DeviceName::parse(&format!("{long}ö")).is_none());
    assert!(DeviceName::parse(&"o\u{308}".repeat(40)).is_some(), "it is counted composed");
}

#[test]
fn names_hide_nothing_and_turn_nothing() {
    // Bidi_Control of Unicode, and what has no width.
    let bidi = ['\u{61c}', '\u{200e}', '\u{200f}']
        .into_iter()
        .chain('\u{202a}'..='\u{202e}')
        .chain('\u{2066}'..='\u{2069}');
    let hidden = ['\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{180e}']
        .into_iter()
        .chain(['\u{2028}', '\u{2029}', '\u{115f}', '\u{3164}', '\u{ffa0}', '\u{e0041}']);
    for c in bidi.chain(hidden) {
        for text in [format!("Pho{c}ne"), format!("{c}Phone"), format!("Phone{c}"), c.to_string()] {
            let name = DeviceName::parse(&text);
            let is_clean = name.as_ref().is_none_or(|name| !name.as_str().contains(c));
            assert!(is_clean, "{text:?}");
            assert!(name.is_none() || c.is_whitespace(), "{text:?}");
        }
    }
}

#[test]
fn an_address_tells_issuer_account_and_seed_and_no_more() {
    let seed = Seed::from_bytes(vec![0; 20]);
    for (issuer, account, label) in [
        ("Shop", "jane", "Shop:jane"),
        ("A:B", "c:d", "A%3AB:c%3Ad"),
        ("x&secret=AAAA", "a?b=c#d", "x%26secret%3DAAAA:a%3Fb%3Dc%23d"),
        ("100%", "a/b +c", "100%25:a%2Fb%20%2Bc"),
        ("Köök", "\u{202e}", "K%C3%B6%C3%B6k:%E2%80%AE"),
    ] {
        let uri = otpauth_uri(issuer, account, &seed, Algorithm::Sha512);
        let (path, query) = uri.split_once('?').unwrap();
        assert_eq!(path, format!("otpauth://totp/{label}"));
        let encoded = label.split_once(':').unwrap().0;
        let secret = "A".repeat(32);
        let expected =
            format!("secret={secret}&issuer={encoded}&algorithm=SHA512&digits=6&period=30");
        assert_eq!(query, expected);
    }
}
