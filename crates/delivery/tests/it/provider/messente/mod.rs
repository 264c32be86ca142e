//! Messente, both interfaces (`delivery.md` 7.4).

mod older;
mod omnichannel;
mod receipts;

use ringproof_delivery::provider::messente::{
    Messente, MessenteError, MessenteOlder, MessenteOlderOptions, MessenteOptions,
};

/// The tables as shipped.
const TABLE: &str = include_str!("../../../../src/provider/tables/messente.toml");
const OLDER_TABLE: &str = include_str!("../../../../src/provider/tables/messente_older.toml");

fn options() -> MessenteOptions {
    MessenteOptions {
        username: "user".to_owned(),
        password: "open sesame".into(),
        base_url: None,
        code_rows: None,
    }
}

fn older_options() -> MessenteOlderOptions {
    MessenteOlderOptions {
        username: "user".to_owned(),
        password: "p&ss=1".into(),
        base_url: None,
        backup_url: None,
        code_rows: None,
    }
}

pub(crate) fn messente() -> Messente {
    Messente::new(options()).expect("right options")
}

pub(crate) fn older() -> MessenteOlder {
    MessenteOlder::new(older_options()).expect("right options")
}

#[test]
fn wrong_options_are_named() {
    for username in ["", "a:b", "a\nb"] {
        let username = username.to_owned();
        let error = Messente::new(MessenteOptions { username, ..options() }).err();
        assert_eq!(error, Some(MessenteError::Username));
    }
    for username in ["", "a\nb"] {
        let username = username.to_owned();
        let error = MessenteOlder::new(MessenteOlderOptions { username, ..older_options() }).err();
        assert_eq!(error, Some(MessenteError::Username));
    }
    for password in ["", "a\0b"] {
        let error = Messente::new(MessenteOptions { password: password.into(), ..options() }).err();
        assert_eq!(error, Some(MessenteError::Password));
        let options = MessenteOlderOptions { password: password.into(), ..older_options() };
        assert_eq!(MessenteOlder::new(options).err(), Some(MessenteError::Password));
    }
    let code_rows = Some("[codes".to_owned());
    let error = Messente::new(MessenteOptions { code_rows, ..options() }).err();
    assert!(matches!(error, Some(MessenteError::Codes(_))));
    let shown = format!("{:?} {:?}", options(), older_options());
    assert!(!shown.contains("sesame") && !shown.contains("ss=1"), "{shown}");
}
