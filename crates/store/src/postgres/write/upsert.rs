//! The statements that write a record, new or changed.
//!
//! `INSERT … ON CONFLICT` would not do: a row that somebody has removed since
//! our snapshot would come back with it, and with the row a code that was spent.
//! An `UPDATE` of such a row fails, as it should. So a row that is in the
//! snapshot is updated, and one that is not is inserted; if it is there by now,
//! the insertion fails.

use std::sync::LazyLock;

/// What a new row hangs on: whoever removes that sees it touched.
#[derive(Clone, Copy)]
enum HangsOn {
    Nothing,
    /// A user, if the first two values name one.
    UserOrPair,
    /// A user: without one nothing is written.
    User,
    /// As [`HangsOn::User`], and a device that the fourth value may name.
    UserAndDevice,
}

/// `UPDATE` or else `INSERT`, in one statement. The values are those of the
/// keys and then of the other columns.
fn upsert(table: &str, keys: &str, columns: &str, hangs_on: HangsOn) -> String {
    let keys: Vec<&str> = keys.split(", ").collect();
    let columns: Vec<&str> = columns.split(", ").collect();
    let is_key = |(index, key): (usize, &&str)| format!("{key} = ${}", index + 1);
    let condition: Vec<String> = keys.iter().enumerate().map(is_key).collect();
    let set = |(index, column): (usize, &&str)| format!("{column} = ${}", keys.len() + index + 1);
    let changes: Vec<String> = columns.iter().enumerate().map(set).collect();
    let names = [keys.as_slice(), columns.as_slice()].concat();
    let values: Vec<String> = (1..=names.len()).map(|n| format!("${n}")).collect();
    let user = "UPDATE users SET touched = touched + 1 WHERE service_id = $1 AND id = $2 \
                AND NOT EXISTS (SELECT 1 FROM changed) RETURNING 1";
    let device = "UPDATE device SET touched = touched + 1 WHERE id = $4 \
                  AND NOT EXISTS (SELECT 1 FROM changed) RETURNING 1";
    let (touched, source) = match hangs_on {
        HangsOn::Nothing => (String::new(), ""),
        HangsOn::UserOrPair => (format!(", owner AS ({user})"), ""),
        HangsOn::User => (format!(", owner AS ({user})"), " FROM owner"),
        HangsOn::UserAndDevice => {
            (format!(", owner AS ({user}), home AS ({device})"), " FROM owner")
        }
    };
    format!(
        "WITH changed AS (UPDATE {table} SET {} WHERE {} RETURNING 1){touched} \
         INSERT INTO {table} ({}) SELECT {}{source} WHERE NOT EXISTS (SELECT 1 FROM changed)",
        changes.join(", "),
        condition.join(" AND "),
        names.join(", "),
        values.join(", "),
    )
}

macro_rules! upserts {
    ($($name:ident: $table:literal, $keys:literal, $columns:literal, $hangs_on:ident;)*) => {
        $(pub(super) static $name: LazyLock<String> =
            LazyLock::new(|| upsert($table, $keys, $columns, HangsOn::$hangs_on));)*
    };
}

upserts! {
    BIND_PLACE: "bind_place", "gateway, place", "holder, beat", Nothing;
    CROSSING: "crossing", "bucket", "touched", Nothing;
    ACCOUNT: "account", "id",
        "username, secret_digest, secret_hash, is_enabled, is_compat, create_status, \
         countries, allow_from, sms_per_second, sms_per_day, created_at, home_country, \
         query_credentials, senders, number_profile, trusts_cookies, address_limits, \
         report_url, sms_per_hour, country_sms_per_day", Nothing;
    WIDGET_SETTINGS: "widget_settings", "account_id",
        "secret_sealed, version_1, version_1_until, targets, frame_origins, signs_twice, \
         is_origin_bound, name, accent, strip, logo", Nothing;
    WIDGET_SESSION: "widget_session", "id",
        "account_id, cookie, wire, callback_url, phone, is_phone_locked, nonce, is_framed, \
         step, step_phone, verification_id, expires_at, resend_at, status, done_at, \
         confirmed_at, notice, notice_until, typed, rounds, starts, created_at, used_at", Nothing;
    WIDGET_TRAFFIC: "widget_traffic", "account_id",
        "sends, entered, attack_until", Nothing;
    VERIFICATION: "verification", "service_id, user_id",
        "id, method, code_digest, code_sealed, code_length, attempts, is_exhausted, sends, \
         last_sent_at, last_message, created_at, expires_at", UserOrPair;
    GUARD: "guard", "service_id, user_id",
        "consecutive_failures, blocks, blocked_until, milliunits_since_success, failure_days", UserOrPair;
    DEVICE: "device", "id",
        "number_key, name, language, sign_key, wrap_key, held_until, approval_digest, \
         approval_expires_at, approval_attempts, push_sealed, created_at, last_seen_at", Nothing;
    AUTHENTICATOR: "authenticator", "service_id, user_id, id",
        "device_id, name, algorithm, seed_sealed, confirmed_at, attempts, last_step, drift, \
         resync_step, created_at, last_used_at", UserAndDevice;
    PROMPTS: "prompt", "service_id, user_id",
        "id, expires_at, sent_at", User;
    RECOVERY: "recovery", "service_id, user_id",
        "digests, created_at", User;
    NONCE: "app_nonce", "digest",
        "until", Nothing;
    NUMBER_SENDS: "number_sends", "number_key",
        "last_at, sends", Nothing;
    ACCOUNT_SENDS: "account_sends", "account_id, part",
        "second, second_sends, hours, countries, divided", Nothing;
    ADDRESS_SENDS: "address_sends", "address_key",
        "last_at, starts, checks", Nothing;
    CONFIRMATION: "confirmation", "account_id, id",
        "service_id, user_id, phone, number_key, template, sender, messages_max, \
         repeat_pause, repeat_at, cookie, network, agent, forget_at", Nothing;
    TRUST: "trust", "account_id, number_key, cookie",
        "network, agent, created_at", Nothing;
    BALANCE: "balance", "account_id",
        "amount, reserved", Nothing;
    SMS: "sms", "id",
        "account_id, message_id, state, err, phone, number_key, sender, is_data, header, \
         class, scheduled_text, parts, price, report_url, text_store, kept_sealed, \
         kept_digest, created_at, send_at, deadline, changed_at", Nothing;
    DELIVERY: "delivery", "message_id",
        "account_id, service_id, user_id, verification_id, sms_id, number_key, country, \
         gateway, state, attempts, in_doubt, queued_at, ended_at, receipt, receipt_at, trail, \
         choice, parts, cause, code", Nothing;
    REFERENCE: "reference", "gateway, form, message_id, part",
        "number_key, created_at", Nothing;
    ORPHAN: "orphan", "gateway, form, state",
        "cause, code, created_at", Nothing;
    // Without the time of a release, which is not a server's to write.
    TRAFFIC_AREA: "traffic_area", "service_id, area, node",
        "account_id, days, hours, stage, rule, held_since, held_until, times, held_sent, \
         held_entered, base_permille, refused, updated_at", Nothing;
}
