//! Every statement that reads. Columns are listed, never `*`; their order is
//! the one in which `row` takes them. What hangs on another record is found in
//! the same statement, so that all of them go to the server at once.

macro_rules! account {
    () => {
        "id, username, secret_digest, secret_hash, is_enabled, is_compat, create_status, \
         countries, allow_from, sms_per_second, sms_per_day, created_at, home_country, \
         query_credentials, senders, number_profile, trusts_cookies, address_limits, report_url, \
         sms_per_hour, country_sms_per_day FROM account"
    };
}
macro_rules! service {
    () => {
        "id, account_id, name, host, host_text, created_at FROM service"
    };
}
macro_rules! user {
    () => {
        "service_id, id, login, phone, number_key, devices_active, created_at FROM users"
    };
}
macro_rules! verification {
    () => {
        "id, method, code_digest, code_sealed, code_length, attempts, is_exhausted, sends, \
         last_sent_at, last_message, created_at, expires_at, service_id, user_id FROM verification"
    };
}
macro_rules! guard {
    () => {
        "consecutive_failures, blocks, blocked_until, milliunits_since_success, failure_days \
         FROM guard"
    };
}
macro_rules! confirmation {
    () => {
        "account_id, id, service_id, user_id, phone, number_key, template, sender, messages_max, \
         repeat_pause, repeat_at, cookie, network, agent, forget_at FROM confirmation"
    };
}
macro_rules! delivery {
    () => {
        "message_id, account_id, service_id, user_id, verification_id, sms_id, number_key, \
         country, gateway, state, attempts, in_doubt, queued_at, ended_at, receipt, receipt_at, \
         trail, choice, parts, cause, code FROM delivery"
    };
}
/// What is kept under the pair of a confirmation, whose account and id come first.
macro_rules! pair_of_confirmation {
    () => {
        "(service_id, user_id) = (SELECT c.service_id, c.user_id FROM confirmation AS c \
         WHERE c.account_id = $1 AND c.id = $2)"
    };
}
macro_rules! last_message_of_confirmation {
    () => {
        "(SELECT v.last_message FROM verification AS v JOIN confirmation AS c \
         ON v.service_id = c.service_id AND v.user_id = c.user_id \
         WHERE c.account_id = $1 AND c.id = $2)"
    };
}
macro_rules! device {
    () => {
        "id, number_key, name, language, sign_key, wrap_key, held_until, approval_digest, \
         approval_expires_at, approval_attempts, push_sealed, created_at, last_seen_at FROM device"
    };
}
macro_rules! authenticator {
    () => {
        "service_id, user_id, id, device_id, name, algorithm, seed_sealed, confirmed_at, attempts, \
         last_step, drift, resync_step, created_at, last_used_at FROM authenticator"
    };
}
macro_rules! sms {
    () => {
        "id, account_id, message_id, state, err, phone, number_key, sender, is_data, header, \
         class, scheduled_text, parts, price, report_url, text_store, kept_sealed, kept_digest, \
         created_at, send_at, deadline, changed_at FROM sms"
    };
}
macro_rules! report {
    () => {
        "id, account_id, sms_id, state, err, body, signature, url, attempts, next_at, lease, \
         is_event \
         FROM report"
    };
}
macro_rules! widget_settings {
    () => {
        "account_id, secret_sealed, version_1, version_1_until, targets, frame_origins, \
         signs_twice, is_origin_bound, name, accent, strip, logo FROM widget_settings"
    };
}
macro_rules! traffic_area {
    () => {
        "service_id, area, node, account_id, days, hours, stage, rule, held_since, held_until, \
         times, held_sent, held_entered, base_permille, refused, updated_at, released_at \
         FROM traffic_area"
    };
}
macro_rules! message {
    () => {
        "id, account_id, service_id, user_id, verification_id, phone, sender, text_sealed, \
         created_at, deadline, attempts, next_at, lease, in_doubt, sms_id, is_data, header, class, \
         trail, only_gateway, is_kept, left_for FROM outbox"
    };
}

pub(super) const ACCOUNTS: &str = concat!("SELECT ", account!(), " ORDER BY username");
pub(super) const ACCOUNT_BY_NAME: &str = concat!("SELECT ", account!(), " WHERE username = $1");
pub(super) const ACCOUNTS_VERSION: &str = "SELECT value FROM meta WHERE name = 'accounts_version'";

pub(super) const WIDGET_SETTINGS: &str =
    concat!("SELECT ", widget_settings!(), " ORDER BY account_id");
pub(super) const WIDGET_SETTINGS_OF: &str = concat!(
    "SELECT ",
    widget_settings!(),
    " WHERE account_id = (SELECT id FROM account WHERE username = $1)"
);
pub(super) const WIDGET_SESSION: &str = "SELECT id, account_id, cookie, wire, callback_url, phone, \
    is_phone_locked, nonce, is_framed, step, step_phone, verification_id, expires_at, resend_at, \
    status, done_at, confirmed_at, notice, notice_until, typed, rounds, starts, created_at, \
    used_at FROM widget_session WHERE id = $1";
pub(super) const WIDGET_TRAFFIC: &str =
    "SELECT sends, entered, attack_until FROM widget_traffic WHERE account_id = $1";

pub(super) const SERVICE_BY_ID: &str =
    concat!("SELECT ", service!(), " WHERE id = $1 AND account_id = $2");
pub(super) const SERVICE_BY_NAME: &str =
    concat!("SELECT ", service!(), " WHERE account_id = $1 AND name = $2");

pub(super) const HAS_USERS: &str = "SELECT 1 FROM users WHERE service_id = $1 LIMIT 1";
pub(super) const USER_BY_ID: &str =
    concat!("SELECT ", user!(), " WHERE service_id = $1 AND id = $2");
pub(super) const USER_BY_LOGIN: &str =
    concat!("SELECT ", user!(), " WHERE service_id = $1 AND login = $2");
pub(super) const USERS: &str = concat!(
    "SELECT ",
    user!(),
    " WHERE service_id = $1 ORDER BY created_at, id LIMIT $2 OFFSET $3"
);
pub(super) const USERS_COUNT: &str = "SELECT count(*) FROM users WHERE service_id = $1";

pub(super) const VERIFICATION: &str =
    concat!("SELECT ", verification!(), " WHERE service_id = $1 AND user_id = $2");
pub(super) const VERIFICATION_OF_CONFIRMATION: &str =
    concat!("SELECT ", verification!(), " WHERE ", pair_of_confirmation!());
/// With the pair, to find it again.
pub(super) const VERIFICATIONS_OF_MESSAGES: &str = concat!(
    "SELECT ",
    verification!(),
    " WHERE (service_id, user_id) IN \
     (SELECT service_id, user_id FROM outbox WHERE id = ANY($1))"
);
pub(super) const EXPIRED: &str = "SELECT service_id, user_id FROM verification \
    WHERE expires_at <= $1 OR (expires_at <= $2 AND code_digest IS NOT NULL) \
    ORDER BY service_id, user_id LIMIT $3";

pub(super) const GUARD: &str =
    concat!("SELECT ", guard!(), " WHERE service_id = $1 AND user_id = $2");
pub(super) const GUARD_OF_CONFIRMATION: &str =
    concat!("SELECT ", guard!(), " WHERE ", pair_of_confirmation!());

/// Of the numbers of a device, a number, a confirmation and a user; NULL for
/// what is not asked for.
pub(super) const DEVICES: &str = concat!(
    "SELECT ",
    device!(),
    " WHERE number_key IN (SELECT number_key FROM device WHERE id = $1 \
     UNION SELECT $2::BYTEA \
     UNION SELECT number_key FROM confirmation WHERE account_id = $3 AND id = $4 \
     UNION SELECT number_key FROM users WHERE service_id = $5 AND id = $6)"
);
pub(super) const AUTHENTICATORS_OF_USER: &str = concat!(
    "SELECT ",
    authenticator!(),
    " WHERE service_id = $1 AND user_id = $2 AND (confirmed_at IS NOT NULL OR $3)"
);
pub(super) const AUTHENTICATORS_OF_DEVICE: &str =
    concat!("SELECT ", authenticator!(), " WHERE device_id = $1");
pub(super) const PROMPTS: &str = "SELECT service_id, user_id, id, expires_at, sent_at \
    FROM prompt WHERE service_id = $1 AND user_id = $2";
pub(super) const RECOVERY: &str = "SELECT service_id, user_id, digests, created_at FROM recovery \
    WHERE service_id = $1 AND user_id = $2";
pub(super) const IS_NONCE_USED: &str = "SELECT 1 FROM app_nonce WHERE digest = $1";
/// Of the numbers of a device, a number and a confirmation; NULL for what is not
/// asked for.
pub(super) const ENTRIES: &str = "SELECT u.service_id, u.id, u.login, u.phone, u.number_key, \
    u.devices_active, u.created_at, s.account_id, s.name, p.service_id, p.user_id, p.id, \
    p.expires_at, p.sent_at \
    FROM users AS u JOIN service AS s ON s.id = u.service_id \
    LEFT JOIN prompt AS p ON p.service_id = u.service_id AND p.user_id = u.id \
    WHERE u.number_key IN (SELECT number_key FROM device WHERE id = $1 \
    UNION SELECT $2::BYTEA \
    UNION SELECT number_key FROM confirmation WHERE account_id = $3 AND id = $4) \
    ORDER BY u.created_at, u.id, u.service_id LIMIT $5";

pub(super) const NUMBER_SENDS: &str = "SELECT sends FROM number_sends WHERE number_key = $1";
pub(super) const NUMBER_SENDS_OF_USER: &str = "SELECT sends FROM number_sends \
    WHERE number_key = (SELECT number_key FROM users WHERE service_id = $1 AND id = $2)";
pub(super) const NUMBER_SENDS_OF_CONFIRMATION: &str = "SELECT sends FROM number_sends \
    WHERE number_key = (SELECT number_key FROM confirmation WHERE account_id = $1 AND id = $2)";
pub(super) const STALE_NUMBERS: &str =
    "SELECT number_key FROM number_sends WHERE last_at <= $1 ORDER BY number_key LIMIT $2";

pub(super) const ACCOUNT_SENDS: &str = "SELECT second, second_sends, hours, countries, part, divided FROM account_sends \
     WHERE account_id = $1 ORDER BY part";

pub(super) const MESSAGES: &str = concat!("SELECT ", message!(), " WHERE id = ANY($1)");
pub(super) const LAST_MESSAGE_OF_CONFIRMATION: &str =
    concat!("SELECT ", message!(), " WHERE id = ", last_message_of_confirmation!());
pub(super) const DUE_MESSAGES: &str = concat!(
    "SELECT ",
    message!(),
    " WHERE next_at <= $1 AND NOT is_kept AND ($3::BIGINT = 0 OR ($3 = 1 AND sms_id IS NULL) \
     OR ($3 >= 2 AND deadline <= $1) \
     OR ($3 = 3 AND sms_id IS NOT NULL AND (in_doubt > 0 OR lease <> 0))) \
     AND (left_for IS NULL OR left_for <> ALL($4)) \
     ORDER BY sms_id IS NOT NULL, id LIMIT $2"
);
pub(super) const BIND_PLACES: &str =
    "SELECT gateway, place, holder, beat FROM bind_place ORDER BY gateway, place";

pub(super) const KEPT_MESSAGES: &str = concat!(
    "SELECT ",
    message!(),
    " WHERE next_at <= $1 AND is_kept ORDER BY next_at, id LIMIT $2"
);

pub(super) const STALE_DELIVERIES: &str =
    "SELECT message_id FROM delivery WHERE ended_at <= $1 ORDER BY message_id LIMIT $2";

pub(super) const DELIVERY: &str = concat!("SELECT ", delivery!(), " WHERE message_id = $1");
pub(super) const LAST_DELIVERY_OF_CONFIRMATION: &str =
    concat!("SELECT ", delivery!(), " WHERE message_id = ", last_message_of_confirmation!());

pub(super) const REFERENCES: &str = "SELECT gateway, form, message_id, part, number_key, \
    created_at FROM reference WHERE gateway = $1 AND form = ANY($2) AND created_at > $3 \
    ORDER BY form, message_id, part";
pub(super) const ORPHANS: &str = "SELECT gateway, form, state, cause, code, created_at FROM orphan \
    WHERE gateway = $1 AND form = ANY($2) ORDER BY created_at, state";
pub(super) const GATEWAY_PAUSES: &str =
    "SELECT gateway, paused_at FROM gateway_pause ORDER BY gateway";
pub(super) const GATEWAY_VIEWS: &str = "SELECT gateway, is_open, reason, since, detail, seen_at, node FROM gateway_view \
     ORDER BY gateway, node";
pub(super) const LIVING: &str = "SELECT id FROM verification WHERE (service_id, user_id) IN \
    (SELECT * FROM unnest($1::BYTEA[], $2::BYTEA[]))";
pub(super) const TIME: &str = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT";

pub(super) const TRAFFIC_AREAS: &str =
    concat!("SELECT ", traffic_area!(), " ORDER BY service_id, area, node");
pub(super) const TRAFFIC_HOLDS: &str =
    concat!("SELECT ", traffic_area!(), " WHERE held_until > $1 ORDER BY service_id, area, node");

pub(super) const CONFIRMATION: &str =
    concat!("SELECT ", confirmation!(), " WHERE account_id = $1 AND id = $2");
pub(super) const CONFIRMATION_OF_SUBJECT: &str = concat!(
    "SELECT ",
    confirmation!(),
    " WHERE account_id = $1 AND id = \
     (SELECT v.id FROM verification AS v WHERE v.service_id = $2 AND v.user_id = $3)"
);
pub(super) const REPEATS: &str = "SELECT account_id, id FROM confirmation \
    WHERE repeat_at <= $1 ORDER BY repeat_at, account_id, id LIMIT $2";
pub(super) const STALE_CONFIRMATIONS: &str = "SELECT account_id, id FROM confirmation \
    WHERE forget_at <= $1 ORDER BY account_id, id LIMIT $2";

pub(super) const TRUST: &str = "SELECT account_id, number_key, cookie, network, agent, created_at \
    FROM trust WHERE account_id = $1 AND number_key = $2 AND cookie = $3";
pub(super) const STALE_TRUSTS: &str = "SELECT account_id, number_key, cookie FROM trust \
    WHERE created_at <= $1 ORDER BY account_id, number_key, cookie LIMIT $2";

pub(super) const IS_BLOCKED: &str =
    "SELECT 1 FROM blocked_number WHERE account_id = $1 AND number_key = $2";
pub(super) const IS_USER_BLOCKED: &str = "SELECT 1 FROM blocked_number WHERE account_id = $1 \
    AND number_key = (SELECT number_key FROM users WHERE service_id = $2 AND id = $3)";
pub(super) const IS_CONFIRMATION_BLOCKED: &str = "SELECT 1 FROM blocked_number \
    WHERE account_id = $1 AND number_key = \
    (SELECT c.number_key FROM confirmation AS c WHERE c.account_id = $2 AND c.id = $3)";
pub(super) const BLOCKED_NUMBERS: &str = "SELECT account_id, number_key, masked, created_at \
    FROM blocked_number WHERE account_id = $1 ORDER BY created_at, number_key";

pub(super) const ADDRESS_SENDS: &str = "SELECT starts, checks, address_key FROM address_sends \
    WHERE address_key = ANY($1)";
pub(super) const STALE_ADDRESSES: &str =
    "SELECT address_key FROM address_sends WHERE last_at <= $1 ORDER BY address_key LIMIT $2";

pub(super) const BALANCES: &str = "SELECT amount, reserved, account_id FROM balance \
    WHERE account_id = ANY($1) ORDER BY account_id";
pub(super) const PRICES: &str =
    "SELECT country, country_name, mccmnc, network, price FROM price ORDER BY country, mccmnc";
pub(super) const PRICES_VERSION: &str = "SELECT value FROM meta WHERE name = 'prices_version'";

pub(super) const SMS_BY_IDS: &str = concat!("SELECT ", sms!(), " WHERE id = ANY($1)");
pub(super) const DUE_SMS: &str = concat!(
    "SELECT ",
    sms!(),
    " WHERE state = 'scheduled' AND send_at <= $1 ORDER BY send_at, id LIMIT $2"
);
pub(super) const SCHEDULED_NEAR: &str = "SELECT count(*) FROM sms WHERE state = 'scheduled' \
    AND number_key = $1 AND send_at > $2::BIGINT - 86400000 AND send_at < $2 + 86400000";
pub(super) const STALE_SMS_TEXTS: &str = "SELECT id FROM sms WHERE changed_at <= $1 \
    AND state <> 'scheduled' AND (kept_sealed IS NOT NULL OR kept_digest IS NOT NULL) ORDER BY id LIMIT $2";
pub(super) const STALE_SMS: &str = "SELECT id FROM sms WHERE changed_at <= $1 \
    AND state NOT IN ('scheduled', 'queued') ORDER BY id LIMIT $2";

pub(super) const REPORT_BY_ID: &str = concat!("SELECT ", report!(), " WHERE id = $1");
/// Of the reports of one message only the first: a later one waits for it.
pub(super) const DUE_REPORTS: &str = concat!(
    "SELECT ",
    report!(),
    " AS due WHERE next_at <= $1 AND account_id <> ALL($3) \
     AND NOT EXISTS (SELECT 1 FROM report AS earlier \
     WHERE earlier.sms_id = due.sms_id AND earlier.id < due.id) ORDER BY next_at, id LIMIT $2"
);

pub(super) const HAS_VERSION: &str = "SELECT to_regclass('schema_version') IS NOT NULL";
pub(super) const SCHEMA_VERSION: &str = "SELECT max(version) FROM schema_version \
    HAVING max(version) IS NOT NULL";
pub(super) const IS_HALF_MOVED: &str = "SELECT to_regclass('moving') IS NOT NULL";
pub(super) const KEY_FINGERPRINT: &str = "SELECT fingerprint FROM root_key";
pub(super) const SET_KEY_FINGERPRINT: &str =
    "INSERT INTO root_key (place, fingerprint) VALUES (1, $1) ON CONFLICT (place) DO NOTHING";

/// Notes the version of the schema.
pub(super) fn set_version(version: u32) -> String {
    format!("DELETE FROM schema_version; INSERT INTO schema_version (version) VALUES ({version})")
}
