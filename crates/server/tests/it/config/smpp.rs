//! Gateways of kind `smpp`: what a block may hold, where its password comes from, and what each mistake says.

use ringproof_server::config::{
    GatewayConfig, SmppAlphabet, SmppBind, SmppGateway, SmppLongMessage, SmppMessageId,
    SmppValidity, SmppVersion, TonNpiSetting, VendorTlv,
};

use super::{Given, mistakes_in};

const CARRIER: &str = "[[gateway]]\nname = \"carrier\"\nkind = \"smpp\"\nhosts = [\"smsc.example.com:2776\"]\n\
                       system_id = \"acct\"\n";

fn smpp(given: &Given) -> SmppGateway {
    match given.config().gateway.as_slice() {
        [GatewayConfig::Smpp(smpp)] => (**smpp).clone(),
        other => panic!("{other:?}"),
    }
}

fn with(lines: &str) -> Given {
    Given::file(&format!("{CARRIER}{lines}\n"))
}

/// What is wrong with a block that has these lines too; they begin at line 6.
fn wrong(lines: &str) -> String {
    mistakes_in(&format!("{CARRIER}{lines}\n"))
}

#[test]
fn a_gateway_has_defaults_for_everything_but_name_hosts_and_account() {
    let smpp = smpp(&Given::file(CARRIER));
    assert_eq!((smpp.hosts[0].host.as_str(), smpp.hosts[0].port), ("smsc.example.com", 2776));
    assert!(smpp.tls && !smpp.allow_plain_tcp && !smpp.long_password && !smpp.gsm_packed);
    assert_eq!((smpp.max_binds, smpp.window, smpp.tps), (1, 10, 30));
    assert_eq!((smpp.gsm_data_coding, smpp.ucs2_data_coding, smpp.latin1_data_coding), (0, 8, 3));
    assert_eq!((smpp.bind, smpp.interface_version), (SmppBind::Transceiver, SmppVersion::V34));
    assert_eq!((smpp.dest_ton_npi, smpp.word_ton_npi), (ton_npi(1, 1), ton_npi(5, 0)));
    assert_eq!((smpp.number_ton_npi, smpp.short_code_ton_npi), (ton_npi(1, 1), ton_npi(3, 0)));
    assert_eq!((smpp.registered_delivery, smpp.msg_id), (1, SmppMessageId::Auto));
    assert_eq!(smpp.password_source(), None);
}

fn ton_npi(ton: u8, npi: u8) -> TonNpiSetting {
    TonNpiSetting { ton, npi }
}

#[test]
fn every_key_can_be_set() {
    let smpp = smpp(&with(
        "tls_server_name = \"smsc\"\n\
         tls_pinned_keys = [\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"]\n\
         ca_file = \"ca.pem\"\nclient_cert_file = \"c.pem\"\nclient_key_file = \"k.pem\"\n\
         password_file = \"/run/password\"\nlong_password = true\nsystem_type = \"OTP\"\nservice_type = \"CMT\"\n\
         interface_version = \"5.0\"\nbind = \"tx+rx\"\nmax_binds = 2\nwindow = 100\ntps = 1000\n\
         default_alphabet = \"latin1\"\ngsm_data_coding = 1\nucs2_data_coding = 0x18\nlatin1_data_coding = 0\n\
         gsm_packed = true\nlong_message = \"payload\"\ndest_ton_npi = \"0/1\"\nword_ton_npi = \"5/9\"\n\
         number_ton_npi = \"2/1\"\nshort_code_ton_npi = \"6/0\"\nmsg_id = \"resp-hex-dlr-dec\"\n\
         registered_delivery = 2\nvalidity = \"none\"\nvendor_tlvs = [\"0x1400=0102ff\"]\n\
         fallback_senders = [\"Shop\", \"+37255500000\"]\ncodes_file = \"codes.toml\"\nprice_per_part = 0.045",
    ));
    let pins: Vec<String> = smpp.tls_pinned_keys.iter().map(ToString::to_string).collect();
    assert_eq!(pins, ["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]);
    assert_eq!((smpp.bind, smpp.interface_version), (SmppBind::Pair, SmppVersion::V50));
    assert_eq!((smpp.max_binds, smpp.window, smpp.tps), (2, 100, 1000));
    assert_eq!(smpp.default_alphabet, SmppAlphabet::Latin1);
    assert_eq!((smpp.gsm_data_coding, smpp.ucs2_data_coding, smpp.latin1_data_coding), (1, 24, 0));
    assert_eq!(smpp.long_message, SmppLongMessage::Payload);
    assert_eq!((smpp.dest_ton_npi, smpp.word_ton_npi), (ton_npi(0, 1), ton_npi(5, 9)));
    assert_eq!((smpp.number_ton_npi, smpp.short_code_ton_npi), (ton_npi(2, 1), ton_npi(6, 0)));
    assert_eq!((smpp.msg_id, smpp.validity), (SmppMessageId::RespHexDlrDec, SmppValidity::None));
    assert_eq!(smpp.vendor_tlvs, [VendorTlv { tag: 0x1400, octets: vec![1, 2, 255] }]);
    let senders: Vec<String> = smpp.fallback_senders.iter().map(ToString::to_string).collect();
    assert_eq!(senders, ["Shop", "+37255500000"]);
    assert_eq!(smpp.price_per_part.unwrap().units(), 4_500);
}

#[test]
fn the_environment_makes_a_gateway() {
    let given = Given::variable("RINGPROOF_GATEWAY__CARRIER__KIND", "smpp")
        .and_variable("RINGPROOF_GATEWAY__CARRIER__HOSTS", "127.0.0.1:2775,[::1]:2776")
        .and_variable("RINGPROOF_GATEWAY__CARRIER__TLS", "false")
        .and_variable("RINGPROOF_GATEWAY__CARRIER__SYSTEM_ID", "acct")
        .and_variable("RINGPROOF_GATEWAY__CARRIER__PASSWORD", "5ec2e7")
        .and_variable("RINGPROOF_GATEWAY__CARRIER__PRICE_PER_PART", "0.03");
    let smpp = smpp(&given);
    let hosts: Vec<String> = smpp.hosts.iter().map(ToString::to_string).collect();
    assert_eq!(hosts, ["127.0.0.1:2775", "[::1]:2776"]);
    assert_eq!(smpp.password_source().unwrap().read().unwrap().expose(), "5ec2e7");
    assert_eq!(smpp.price_per_part.unwrap().units(), 3_000);
    assert!(!format!("{smpp:?}").contains("5ec2e7"));
    assert!(!given.load().unwrap().print().contains("5ec2e7"));
}

#[test]
fn plain_tcp_goes_to_this_machine_or_where_it_is_allowed() {
    assert_eq!(
        wrong("tls = false"),
        "FILE:6: gateway.carrier.tls: codes and the password would go to smsc.example.com:2776 in the clear; remove \
         tls = false, or set allow_plain_tcp = true if the link is private"
    );
    assert!(with("tls = false\nallow_plain_tcp = true").load().is_ok());
    let near = |hosts: &str| {
        let block = CARRIER.replace("\"smsc.example.com:2776\"", hosts);
        Given::file(&format!("{block}tls = false\n")).load().is_ok()
    };
    assert!(near("\"127.0.0.1:2775\", \"[::1]:2775\", \"LOCALHOST:2775\""));
    assert!(!near("\"127.0.0.1:2775\", \"10.0.0.1:2775\""));
    assert_eq!(
        wrong("allow_plain_tcp = true"),
        "FILE:6: gateway.carrier.allow_plain_tcp: changes nothing while tls = true; set tls = false, or remove it"
    );
    assert_eq!(
        wrong("tls = false\nallow_plain_tcp = true\nca_file = \"ca.pem\""),
        "FILE:8: gateway.carrier.ca_file: is of no use with tls = false; remove one of the two"
    );
    assert_eq!(
        wrong("tls_pinned_keys = [\"AAAA\"]"),
        "FILE:6: gateway.carrier.tls_pinned_keys: \"AAAA\" is no pin of a key; write its SHA-256 in base64, 43 \
         characters and \"=\", as `ringproof doctor` shows it"
    );
    assert_eq!(
        wrong("client_key_file = \"k.pem\""),
        "FILE:6: gateway.carrier.client_key_file: needs client_cert_file beside it"
    );
}

#[test]
fn an_address_has_a_host_and_a_port() {
    for bad in [
        "smsc.example.com",
        "smsc.example.com:0",
        ":2775",
        "::1:2775",
        "[smsc]:1",
        "a b:1",
        "a:99999",
    ] {
        let mistake = mistakes_in(&CARRIER.replace("smsc.example.com:2776", bad));
        assert_eq!(
            mistake,
            format!(
                "FILE:4: gateway.carrier.hosts: {bad:?} is no address of an SMSC; write HOST:PORT, such as \
                 \"smsc.example.com:2775\" or \"[2001:db8::1]:2775\""
            )
        );
    }
    assert_eq!(
        mistakes_in(&CARRIER.replace("\"smsc.example.com:2776\"", "")),
        "FILE:4: gateway.carrier.hosts: has 0 values; give 1 to 8"
    );
    assert_eq!(
        mistakes_in(&CARRIER.replace("hosts", "host")),
        "FILE:4: gateway.carrier.host: unknown key, did you mean hosts?\n\
         FILE:1: gateway.carrier.hosts: is missing; a gateway of kind \"smpp\" needs it"
    );
}

#[test]
fn a_password_is_short_and_stands_in_no_file_of_settings() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "5ec2e7-long\n").unwrap();
    let line = format!("password_file = {:?}\n", file.path());
    let found = with(&line).config().check_files().to_string();
    assert!(found.contains(
        "gateway.carrier.password_file: has 11 characters, and SMPP has room for 8; set long_password = true if this \
         SMSC takes longer ones"
    ), "{found}");
    assert!(!found.contains("5ec2e7"), "{found}");
    assert!(with(&format!("{line}long_password = true")).config().check_files().is_empty());
    let variable = "RINGPROOF_GATEWAY__CARRIER__PASSWORD";
    let mistake = with("").and_variable(variable, "5ec2e7-long").mistakes();
    assert!(
        mistake.starts_with(&format!("{variable}: gateway.carrier.password: has 11")),
        "{mistake}"
    );
    assert!(!mistake.contains("5ec2e7"), "{mistake}");
    assert_eq!(
        wrong("password = \"5ec2e7\""),
        format!(
            "FILE:6: gateway.carrier.password: a secret cannot stand in the configuration; set {variable}, or name a \
             file that holds it"
        )
    );
}

#[test]
fn mistakes_say_what_to_write() {
    let cases = [
        ("window = 101", "window: 101 is outside 1 to 100 messages"),
        ("max_binds = 0", "max_binds: 0 is outside 1 to 16 binds"),
        ("tps = 0", "tps: 0 is outside 1 to 1000000 parts"),
        ("ucs2_data_coding = 256", "ucs2_data_coding: 256 is outside 0 to 255"),
        (
            "bind = \"trx+tx\"",
            "bind: \"trx+tx\" is not a choice; write \"trx\", \"tx+rx\" or \"tx\"",
        ),
        (
            "bind = \"tx\"",
            "bind: \"tx\" receives no receipts; write \"trx\" or \"tx+rx\", or set registered_delivery = 0",
        ),
        (
            "interface_version = \"3.3\"",
            "interface_version: \"3.3\" is not a choice; write \"3.4\" or \"5.0\"",
        ),
        (
            "default_alphabet = \"utf8\"",
            "default_alphabet: \"utf8\" is not a choice; write \"gsm\", \"ascii\" or \"latin1\"",
        ),
        (
            "long_message = \"udh\"",
            "long_message: \"udh\" is not a choice; write \"udh8\", \"udh16\", \"sar\" or \"payload\"",
        ),
        (
            "msg_id = \"hex\"",
            "msg_id: \"hex\" is not a choice; write \"auto\", \"exact\", \"dec-dec\", \"resp-hex-dlr-dec\", \
             \"resp-dec-dlr-hex\" or \"hex-hex\"",
        ),
        (
            "fallback_senders = [\"Shop\", \"A name too long\"]",
            "fallback_senders: \"A name too long\" cannot be a sender; write up to 11 letters, digits, blanks, - . \
             and _, or a number of up to 15 digits",
        ),
        (
            "dest_ton_npi = \"11\"",
            "dest_ton_npi: \"11\" is no type and plan; write TON/NPI, such as \"1/1\"",
        ),
        (
            "vendor_tlvs = [\"1400=00\"]",
            "vendor_tlvs: \"1400=00\" is no optional parameter; write its tag and its octets in hexadecimal, such as \
             \"0x1400=0102\"",
        ),
        ("system_type = \"thirteen-char\"", "system_type: must have 0 to 12 ASCII characters"),
        ("price_per_part = 101", "price_per_part: 101 is outside 0 to 100 euro"),
        ("price_per_part = \"1\"", "price_per_part: must be a number, not a text"),
        ("windows = 3", "windows: unknown key, did you mean window?"),
    ];
    for (line, mistake) in cases {
        assert_eq!(wrong(line), format!("FILE:6: gateway.carrier.{mistake}"));
    }
}
