//! Every range at both edges: the edge itself is taken, the next number is refused with the range and the rule.

use super::Given;

/// Key as a variable spells it, lowest, highest, what the message says after the two.
const RANGES: &[(&str, i64, i64, &str)] = &[
    ("CODES__LENGTH", 6, 10, " digits (security rule D-1)"),
    ("CODES__LIFETIME_SECONDS", 30, 600, " seconds (security rule D-2)"),
    ("CODES__ATTEMPTS_MAX", 1, 10, " attempts (security rule D-3)"),
    ("CODES__SENDS_MAX", 1, 5, " messages (security rule D-4)"),
    ("CODES__RESEND_COOLDOWN_SECONDS", 20, 600, " seconds (security rule D-5)"),
    ("CODES__RESEND_REMAINING_MIN_SECONDS", 0, 600, " seconds (security rule D-6)"),
    ("LIMITS__NUMBER_SERVICE_PER_30S", 1, 1_000_000_000, " messages (security rule D-26)"),
    ("LIMITS__NUMBER_SERVICE_PER_10MIN", 1, 1_000_000_000, " messages (security rule D-26)"),
    ("LIMITS__NUMBER_SERVICE_PER_HOUR", 1, 1_000_000_000, " messages (security rule D-26)"),
    ("LIMITS__NUMBER_SERVICE_PER_DAY", 1, 1_000_000_000, " messages (security rule D-26)"),
    ("LIMITS__NUMBER_PER_DAY", 1, 1_000_000_000, " messages (security rule D-27)"),
    ("LIMITS__ACCOUNT_SMS_PER_SECOND", 1, 1_000_000_000, " messages (security rule D-30)"),
    ("LIMITS__ACCOUNT_SMS_PER_HOUR", 1, 1_000_000_000, " messages (security rule D-30)"),
    ("LIMITS__COUNTRY_SMS_PER_DAY", 1, 1_000_000_000, " messages (security rule D-31)"),
    ("LIMITS__ADDRESS_STARTS_PER_10MIN", 1, 10_000, " starts (security rule D-28)"),
    ("LIMITS__ADDRESS_STARTS_PER_HOUR", 1, 10_000, " starts (security rule D-28)"),
    ("LIMITS__ADDRESS_STARTS_PER_DAY", 1, 10_000, " starts (security rule D-28)"),
    ("LIMITS__ADDRESS_NUMBERS_PER_DAY", 1, 10_000, " numbers (security rule D-28)"),
    ("LIMITS__ADDRESS_CHECKS_PER_10MIN", 1, 60, " checks (security rule D-28)"),
    ("LIMITS__NETWORK_STARTS_PER_DAY", 1, 10_000, " starts (security rule D-29)"),
    ("NUMBER__TRUST_DAYS", 0, 30, " days (security rule S-21)"),
    ("SMS_API__TEXT_DAYS", 0, 30, " days (security rule D-54)"),
    ("SMS_API__VALIDITY_MINUTES", 1, 43_200, " minutes"),
    ("REPORTS__PORTS", 1, 65_535, ""),
    ("LIMITS__ACCOUNT_SMS_PER_DAY", 1, 1_000_000_000, " messages (security rule D-30)"),
    ("LIMITS__FAILED_LOGINS_PER_MINUTE", 1, 1_000_000_000, " failed logins (security rule D-37)"),
    ("LIMITS__FAILED_LOGINS_PER_HOUR_IP", 1, 1_000_000_000, " failed logins (security rule D-37)"),
    ("AUTH__PASSWORD_LENGTH_MIN", 8, 128, " characters (security rule D-36)"),
    ("SERVER__WORKER_THREADS", 0, 256, " threads"),
    ("SERVER__LIMITS__CONNECTIONS_MAX", 1, 1_000_000, " connections (security rule D-47)"),
    ("SERVER__LIMITS__CONNECTIONS_PER_IP_MAX", 1, 1_000_000, " connections (security rule D-47)"),
    ("SERVER__LIMITS__FIRST_BYTE_SECONDS", 1, 300, " seconds (security rule D-46)"),
    ("SERVER__LIMITS__HEADER_SECONDS", 1, 300, " seconds (security rule D-46)"),
    ("SERVER__LIMITS__REQUEST_SECONDS", 1, 300, " seconds (security rule D-46)"),
    ("SERVER__LIMITS__HANDLER_SECONDS", 1, 300, " seconds (security rule D-46)"),
    ("SERVER__LIMITS__IDLE_SECONDS", 1, 3600, " seconds (security rule D-46)"),
    ("DATA__POSTGRES_CONNECTIONS_MAX", 3, 200, " connections"),
    ("GATEWAY__HOOK__BATCH_MAX", 1, 1000, " messages"),
    ("GATEWAY__HOOK__CONNECTIONS", 1, 256, " requests"),
    ("GATEWAY__HOOK__MESSAGES_PER_SECOND", 0, 10_000, " messages"),
    ("GATEWAY__HOOK__MAX_BINDS", 1, 16, " binds"),
    ("GATEWAY__HOOK__WINDOW", 1, 100, " messages"),
    ("GATEWAY__HOOK__TPS", 1, 1_000_000, " parts"),
    ("GATEWAY__HOOK__GSM_DATA_CODING", 0, 255, ""),
    ("GATEWAY__HOOK__UCS2_DATA_CODING", 0, 255, ""),
    ("GATEWAY__HOOK__LATIN1_DATA_CODING", 0, 255, ""),
    ("GATEWAY__HOOK__REGISTERED_DELIVERY", 0, 31, ""),
];

fn with(key: &str, value: i64) -> Given {
    let given = Given::variable(&format!("RINGPROOF_{key}"), &value.to_string());
    if key.ends_with("__MESSAGES_PER_SECOND") {
        return given
            .and_variable("RINGPROOF_GATEWAY__HOOK__KIND", "messente")
            .and_variable("RINGPROOF_GATEWAY__HOOK__USERNAME", "user")
            .and_variable("RINGPROOF_GATEWAY__HOOK__PASSWORD", "secret");
    }
    if key.starts_with("GATEWAY") && !key.ends_with("BATCH_MAX") && !key.ends_with("CONNECTIONS") {
        return given
            .and_variable("RINGPROOF_GATEWAY__HOOK__KIND", "smpp")
            .and_variable("RINGPROOF_GATEWAY__HOOK__HOSTS", "smsc.example.com:2775")
            .and_variable("RINGPROOF_GATEWAY__HOOK__SYSTEM_ID", "acct")
            .and_variable("RINGPROOF_GATEWAY__HOOK__PASSWORD", "secret");
    }
    if key.starts_with("GATEWAY") {
        return given
            .and_variable("RINGPROOF_GATEWAY__HOOK__KIND", "webhook")
            .and_variable("RINGPROOF_GATEWAY__HOOK__URL", "https://sms.example.com/");
    }
    given
}

#[test]
fn both_edges_are_taken() {
    for (key, min, max, _) in RANGES {
        for value in [*min, *max] {
            let loaded = with(key, value).load();
            assert!(loaded.is_ok(), "{key} = {value}: {}", loaded.unwrap_err());
        }
    }
}

#[test]
fn beyond_an_edge_the_message_has_range_unit_and_rule() {
    for (key, min, max, rest) in RANGES {
        for value in [i64::MIN, min - 1, max + 1, i64::MAX] {
            let path = key.to_ascii_lowercase().replace("__", ".");
            let expected =
                format!("RINGPROOF_{key}: {path}: {value} is outside {min} to {max}{rest}");
            assert_eq!(with(key, value).mistakes(), expected);
        }
    }
}

#[test]
fn every_number_is_in_the_table() {
    let schema = ringproof_server::config::schema();
    let mut missing = Vec::new();
    numbers_in(&schema, "", &mut |key| {
        if !RANGES.iter().any(|(known, ..)| *known == key) {
            missing.push(key);
        }
    });
    assert_eq!(missing, Vec::<String>::new());
}

fn numbers_in(schema: &serde_json::Value, path: &str, found: &mut impl FnMut(String)) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let key = if path.is_empty() {
            name.to_uppercase()
        } else {
            format!("{path}__{}", name.to_uppercase())
        };
        if property["type"] == "integer" || property["items"]["type"] == "integer" {
            found(key);
        } else if name == "gateway" {
            let kinds = property["items"]["oneOf"].as_array().expect("one schema for each kind");
            for kind in kinds {
                numbers_in(kind, "GATEWAY__HOOK", found);
            }
        } else {
            numbers_in(property, &key, found);
        }
    }
}

#[test]
fn a_list_of_cooldowns_has_one_to_four_values() {
    let with = |list: &str| Given::variable("RINGPROOF_CODES__RESEND_COOLDOWN_SECONDS", list);
    assert_eq!(with("20,600,20,600").config().codes.resend_cooldown.len(), 4);
    for (list, count) in [("", 0), ("30,30,30,30,30", 5)] {
        let expected = format!(
            "RINGPROOF_CODES__RESEND_COOLDOWN_SECONDS: codes.resend_cooldown_seconds: has {count} values; give 1 to 4 \
             (security rule D-5)"
        );
        assert_eq!(with(list).mistakes(), expected);
    }
}
