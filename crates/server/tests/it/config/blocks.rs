//! Blocks `[[account]]` and `[[inbound]]`, and the sections about numbers, messages of programs and calls to them.

use std::path::PathBuf;
use verify::message::SenderId;

use ringproof_server::config::{Config, ReportsConfig, SecretSource, TextStoreSetting};

use super::{Given, mistakes_in};

const SHOP: &str = "[[account]]\nname = \"shop\"\n";
const CODE: &str =
    "[[inbound]]\nnumber = \"1234\"\naccount = \"shop\"\nurl = \"https://shop.example/in\"\n";

/// What is wrong with an account that has this line too.
fn shop_with(line: &str) -> String {
    mistakes_in(&format!("{SHOP}{line}\n"))
}

/// What is wrong with an inbound number that has this line too, and a secret.
fn code_with(line: &str) -> String {
    mistakes_in(&format!("{CODE}secret_file = \"/run/s\"\n{line}\n"))
}

#[test]
fn the_sections_have_their_defaults_and_are_typed() {
    let config = Config::default();
    assert_eq!((config.number.trust_days, config.number.repeat_after_delivery), (30, false));
    assert_eq!((config.sms_api.text_days, config.sms_api.validity_minutes), (7, 360));
    assert_eq!(config.sms_api.text_store, TextStoreSetting::Plaintext);
    let ReportsConfig { allow_private, ports, allow_http } = config.reports;
    assert!(allow_private.is_empty() && ports == [80, 443, 8080, 8443] && allow_http);
    let config = Given::variable("RINGPROOF_NUMBER__TRUST_DAYS", "0")
        .and_variable("RINGPROOF_SMS_API__TEXT_STORE", "nostore")
        .and_variable("RINGPROOF_REPORTS__PORTS", "8443,9000")
        .and_variable("RINGPROOF_REPORTS__ALLOW_PRIVATE", "10.1.2.3/16")
        .config();
    assert_eq!(config.number.trust_days, 0);
    assert_eq!(config.sms_api.text_store, TextStoreSetting::Nostore);
    assert_eq!(config.reports.ports, [8443, 9000]);
    assert_eq!(config.reports.allow_private, ["10.1.0.0/16".parse().unwrap()]);
    assert_eq!(
        mistakes_in("[sms_api]\ntext_store = \"plain\"\n"),
        "FILE:2: sms_api.text_store: \"plain\" is not a choice; write \"plaintext\", \"sha256\" or \"nostore\""
    );
    assert!(mistakes_in("[reports]\nports = []\n").contains("has 0 values; give 1 to 64"));
}

#[test]
fn an_account_gets_senders_networks_and_blocked_numbers() {
    let config = Given::file(&format!(
        "{SHOP}senders = [\"Shop\", \"12345\"]\nallow_from = [\"192.0.2.7\"]\nblocked_numbers = [\"+372 5550 0123\"]\n"
    ))
    .and_variable("RINGPROOF_ACCOUNT__SHOP__ALLOW_FROM", "10.0.0.0/8,192.0.2.0/24")
    .config();
    let [shop] = config.account.as_slice() else { panic!("{config:?}") };
    let senders: Vec<&str> = shop.senders.iter().map(SenderId::as_str).collect();
    assert_eq!(senders, ["Shop", "12345"]);
    let networks: Vec<String> = shop.allow_from.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["10.0.0.0/8", "192.0.2.0/24"]);
    assert_eq!(shop.blocked_numbers[0].as_e164(), "+37255500123");
    assert!(!format!("{config:?}").contains("5500123"), "a number is masked: {config:?}");
}

#[test]
fn mistakes_in_an_account_are_named_with_account_and_line() {
    for (line, told) in [
        ("sender = [\"A\"]", "FILE:3: account.shop.sender: unknown key, did you mean senders?"),
        (
            "senders = [\"TwelveLetter\"]",
            "FILE:3: account.shop.senders: \"TwelveLetter\" cannot be a sender; write up to",
        ),
        (
            "senders = [\"A\", \"B\", \"A\"]",
            "FILE:3: account.shop.senders: has in place 3 what stands before it; remove one",
        ),
        (
            "allow_from = [\"here\"]",
            "FILE:3: account.shop.allow_from: \"here\" is not a network; write",
        ),
        (
            "allow_from = [\"10.0.0.1/8\", \"10.0.0.0/8\"]",
            "FILE:3: account.shop.allow_from: has in place 2 what",
        ),
        (
            "blocked_numbers = [\"+37255500123\", \"+3725550045x\"]",
            "FILE:3: account.shop.blocked_numbers: has no phone number in place 2; write +",
        ),
        (
            "blocked_numbers = [\"+37255500123\", \"0037255500123\"]",
            "FILE:3: account.shop.blocked_numbers: has in place 2 what",
        ),
    ] {
        let mistakes = shop_with(line);
        assert!(mistakes.starts_with(told) && !mistakes.contains('\n'), "{line}: {mistakes}");
        assert!(!mistakes.contains("5550045"), "{mistakes}");
    }
    assert!(
        mistakes_in("[[account]]\nname = \"a:b\"\n").contains("cannot be the name of an account")
    );
    assert_eq!(
        mistakes_in("[[account]]\nsenders = [\"A\"]\n"),
        "FILE:1: account: has no name; write name = \"…\" into the block"
    );
    assert_eq!(
        mistakes_in(&format!("{SHOP}{SHOP}")),
        "FILE:3: account.shop: is there twice; names of accounts must differ"
    );
    assert_eq!(
        mistakes_in("[account]\nname = \"shop\"\n"),
        "FILE:1: account: must be written as [[account]], with two brackets"
    );
    let many = |count: usize| {
        (0..count).map(|n| SHOP.replace("shop", &format!("s{n}"))).collect::<String>()
    };
    assert_eq!(Given::file(&many(1000)).config().account.len(), 1000);
    assert!(
        mistakes_in(&many(1001)).ends_with("account: 1001 blocks are too many; 1000 are allowed")
    );
}

#[test]
fn senders_of_two_accounts_that_look_alike_are_refused() {
    let two = |senders: &str, more: &str| {
        let rival = format!("[[account]]\nname = \"rival\"\nsenders = {senders}\n{more}");
        format!("{SHOP}senders = [\"12345\", \"ExampleCo\"]\n{rival}")
    };
    assert_eq!(
        mistakes_in(&two("[\"Rival\", \"EXAMPLEC0\"]", "")),
        "FILE:6: account.rival.senders: people cannot tell \"EXAMPLEC0\" from \"ExampleCo\", a sender of the account shop \
         (security rule S-50); write another, or same_company = [\"shop\"] if both are of one company"
    );
    assert_eq!(
        mistakes_in(&two("[\"12345\"]", "same_company = [\"shop-test\"]\n")),
        "FILE:6: account.rival.senders: \"12345\" is already a sender of the account shop (security rule S-50); write \
         another, or same_company = [\"shop\"] if both are of one company"
    );
    let told = mistakes_in(&two("[\"Examp1eCo\", \"+12345\"]", ""));
    assert_eq!(told.lines().count(), 2, "each is told: {told}");
    assert!(told.contains("Examp1eCo") && told.contains("+12345"), "{told}");

    let sisters = two("[\"EXAMPLEC0\", \"12345\"]", "same_company = [\"shop\"]\n");
    assert_eq!(Given::file(&sisters).config().account.len(), 2);
    let told = Given::file(&two("[\"12345\"]", ""))
        .and_variable("RINGPROOF_ACCOUNT__SHOP__SAME_COMPANY", "rival,other");
    assert_eq!(told.config().account.len(), 2, "it is enough that one of the two says it");
    let third = format!("{sisters}[[account]]\nname = \"third\"\nsenders = [\"exampleco\"]\n");
    assert!(mistakes_in(&third).contains("account.third.senders: people cannot tell"), "{third}");
    let own = Given::file(&format!("{SHOP}senders = [\"Shop\", \"SH0P\"]\n")).config();
    assert_eq!(own.account[0].senders.len(), 2, "one account may have names that look alike");
    assert!(shop_with("same_company = [\"a:b\"]").starts_with(
        "FILE:3: account.shop.same_company: \"a:b\" cannot be the name of an account"
    ));
}

#[test]
fn an_inbound_number_has_an_account_an_address_and_a_secret() {
    let config = Given::file(&format!("{CODE}secret_file = \"/run/s\"\n")).config();
    assert_eq!(
        config.inbound[0].secret_source(),
        Some(SecretSource::File(PathBuf::from("/run/s")))
    );
    assert!(config.inbound[0].number.is("1234"));
    let long = CODE.replace("1234", "+37255500123");
    let given = Given::file(&long).and_variable("RINGPROOF_INBOUND__37255500123__SECRET", "5ec2e7");
    let config = given.config();
    assert_eq!(config.inbound.len(), 1, "the variable is about the number of the file");
    assert_eq!(config.inbound[0].secret_source().unwrap().read().unwrap().expose(), "5ec2e7");
    let printed = given.load().unwrap().print();
    assert!(printed.contains("[[inbound]]\nnumber = \"+37255500123\""), "{printed}");
    assert!(printed.contains("# secret = ********") && !printed.contains("5ec2e7"), "{printed}");
}

#[test]
fn mistakes_in_an_inbound_number_are_named_with_number_and_line() {
    assert_eq!(
        mistakes_in(CODE),
        "FILE:1: inbound.1234.secret_file: is missing; name a file with the secret under which messages are signed"
    );
    assert_eq!(
        code_with("secret = \"5ec2e7\""),
        "FILE:6: inbound.1234.secret: a secret cannot stand in the configuration; set RINGPROOF_INBOUND__1234__SECRET, \
         or name a file that holds it"
    );
    assert_eq!(code_with("ulr = 1"), "FILE:6: inbound.1234.ulr: unknown key, did you mean url?");
    let wrong = |from: &str, to: &str| {
        mistakes_in(&format!("{}secret_file = \"/run/s\"\n", CODE.replace(from, to)))
    };
    for (from, to, told) in [
        (
            "1234",
            "12 34",
            "FILE:2: inbound.12 34.number: is no number to write to; write 3 to 15 digits",
        ),
        (
            "\"shop\"",
            "\"a b\"",
            "FILE:3: inbound.1234.account: \"a b\" cannot be the name of an account",
        ),
        ("https", "ftp", "FILE:4: inbound.1234.url: must begin with https:// or http://"),
        (
            "account = \"shop\"\n",
            "",
            "FILE:1: inbound.1234.account: is missing; [[inbound]] needs it",
        ),
    ] {
        let mistakes = wrong(from, to);
        assert!(mistakes.starts_with(told) && !mistakes.contains('\n'), "{to}: {mistakes}");
    }
    let plain = CODE.replace("https", "http");
    let strict = format!("[reports]\nallow_http = false\n{plain}secret_file = \"/run/s\"\n");
    assert_eq!(
        mistakes_in(&strict),
        "FILE:6: inbound.1234.url: would carry messages over plain http; use https://, or set reports.allow_http = true"
    );
    let both = Given::file(&format!("{CODE}secret_file = \"/run/s\"\n"))
        .and_variable("RINGPROOF_INBOUND__1234__SECRET", "5ec2e7");
    assert_eq!(
        both.mistakes(),
        "FILE:5: inbound.1234.secret_file: stands beside a secret from the environment; keep one of the two"
    );
    let twin = CODE.replace("1234", "+1234");
    let twins = format!("{CODE}secret_file = \"/s\"\n{twin}secret_file = \"/s\"\n");
    assert_eq!(
        mistakes_in(&twins),
        "FILE:7: inbound.+1234.number: is there twice, with and without +; remove one"
    );
}

#[test]
fn the_secrets_of_receipts_and_inbound_numbers_are_looked_at_when_asked() {
    let hook = "[[gateway]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"https://sms.example/\"\n\
                receipt_token_file = \"/nowhere/t\"\n";
    let config = Given::file(&format!("{hook}{CODE}secret_file = \"/nowhere/s\"\n")).config();
    let problems = config.check_files();
    let keys: Vec<&str> = problems.0.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["gateway.hook.receipt_token_file", "inbound.1234.secret_file"]);
}

#[test]
fn a_variable_that_a_block_does_not_have_is_named() {
    assert_eq!(
        Given::variable("RINGPROOF_INBOUND__1234__ULR", "x").mistakes(),
        "RINGPROOF_INBOUND__1234__ULR: unknown variable, did you mean RINGPROOF_INBOUND__NUMBER__URL?"
    );
}
