//! Every statement that reads. Columns are listed, never `*`; their order is
//! the one in which `row` takes them.

macro_rules! account {
    () => {
        "id, username, secret_digest, secret_hash, is_enabled, is_compat, create_status, \
         countries, allow_from, sms_per_second, sms_per_day, created_at FROM account"
    };
}
macro_rules! service {
    () => {
        "id, account_id, name, host, host_text, created_at FROM service"
    };
}
macro_rules! user {
    () => {
        "service_id, id, login, phone, number_key, devices_active, created_at FROM user"
    };
}
macro_rules! message {
    () => {
        "id, account_id, service_id, user_id, verification_id, phone, sender, text_sealed, \
         created_at, deadline, attempts, next_at, lease, in_doubt FROM outbox"
    };
}

pub(super) const ACCOUNTS: &str = concat!("SELECT ", account!(), " ORDER BY username");
pub(super) const ACCOUNT_BY_NAME: &str = concat!("SELECT ", account!(), " WHERE username = ?1");
pub(super) const ACCOUNTS_VERSION: &str = "SELECT value FROM meta WHERE name = 'accounts_version'";

pub(super) const SERVICE_BY_ID: &str =
    concat!("SELECT ", service!(), " WHERE id = ?1 AND account_id = ?2");
pub(super) const SERVICE_BY_NAME: &str =
    concat!("SELECT ", service!(), " WHERE account_id = ?1 AND name = ?2");

pub(super) const HAS_USERS: &str = "SELECT 1 FROM user WHERE service_id = ?1 LIMIT 1";
pub(super) const USER_BY_ID: &str =
    concat!("SELECT ", user!(), " WHERE service_id = ?1 AND id = ?2");
pub(super) const USER_BY_LOGIN: &str =
    concat!("SELECT ", user!(), " WHERE service_id = ?1 AND login = ?2");
pub(super) const USERS: &str = concat!(
    "SELECT ",
    user!(),
    " WHERE service_id = ?1 ORDER BY created_at, id LIMIT ?2 OFFSET ?3"
);
pub(super) const USERS_COUNT: &str = "SELECT count(*) FROM user WHERE service_id = ?1";

pub(super) const VERIFICATION: &str = "SELECT id, method, code_digest, code_sealed, code_length, \
    attempts, is_exhausted, sends, last_sent_at, last_message, created_at, expires_at \
    FROM verification WHERE service_id = ?1 AND user_id = ?2";
pub(super) const EXPIRED: &str = "SELECT service_id, user_id FROM verification \
    WHERE expires_at <= ?1 OR (expires_at <= ?2 AND code_digest IS NOT NULL) LIMIT ?3";

pub(super) const GUARD: &str = "SELECT consecutive_failures, blocks, blocked_until, \
    milliunits_since_success, failure_days FROM guard WHERE service_id = ?1 AND user_id = ?2";

pub(super) const NUMBER_SENDS: &str = "SELECT sends FROM number_sends WHERE number_key = ?1";
pub(super) const STALE_NUMBERS: &str =
    "SELECT number_key FROM number_sends WHERE last_at <= ?1 LIMIT ?2";

pub(super) const ACCOUNT_SENDS: &str =
    "SELECT second, second_sends, hours FROM account_sends WHERE account_id = ?1";

pub(super) const MESSAGE_BY_ID: &str = concat!("SELECT ", message!(), " WHERE id = ?1");
pub(super) const DUE_MESSAGES: &str =
    concat!("SELECT ", message!(), " WHERE next_at <= ?1 ORDER BY id LIMIT ?2");

pub(super) const STALE_DELIVERIES: &str =
    "SELECT message_id FROM delivery WHERE ended_at <= ?1 LIMIT ?2";
