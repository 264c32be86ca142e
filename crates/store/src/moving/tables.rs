//! Every table that moves, and its columns in the order in which they are read, written and digested. The names are
//! those of both databases, but for the table of users, which the one for PostgreSQL translates.
//!
//! What only one database has does not move, because it says nothing about the data: in PostgreSQL the rows where
//! steps cross and the columns `touched`, in each the version of the schema. How a server sees its gateways it tells
//! anew every few seconds. The sends of an account, which PostgreSQL may count in parts, move as one. The fingerprint
//! of the root key is written when the copy begins.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Flag,
    Integer,
    Text,
    Bytes,
}

/// A column by its name.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// A table with its columns, those of the key first.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [Column],
    /// How many of the columns are the key.
    pub(crate) keys: usize,
}

/// Marks that the program keeps about its data: numbers by name. The embedded database keeps the fingerprint of the
/// root key there too, which is no number.
pub(crate) const META: &str = "meta";

/// The name under which the embedded database keeps the fingerprint of the root key in [`META`].
pub(crate) const KEY_FINGERPRINT: &str = "key_fingerprint";

impl Table {
    /// The key.
    pub(crate) fn key_columns(&self) -> &'static [Column] {
        &self.columns[..self.keys]
    }

    /// Names of columns, as SQL lists them.
    pub(crate) fn names(columns: &[Column]) -> String {
        columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
    }
}

macro_rules! tables {
    ($($table:ident($($key:ident: $key_kind:ident),+; $($column:ident: $kind:ident),+);)+) => {
        /// The tables in the order in which they move.
        pub(crate) static TABLES: &[Table] = &[$(Table {
            name: stringify!($table),
            columns: &[
                $(Column { name: stringify!($key), kind: Kind::$key_kind },)+
                $(Column { name: stringify!($column), kind: Kind::$kind },)+
            ],
            keys: [$(Kind::$key_kind),+].len(),
        }),+];
    };
}

tables! {
    meta(name: Text;
        value: Integer);
    account(id: Integer;
        username: Text, secret_digest: Bytes, secret_hash: Text, is_enabled: Flag,
        is_compat: Flag, create_status: Text, countries: Text, allow_from: Text,
        sms_per_second: Integer, sms_per_day: Integer, created_at: Integer,
        home_country: Text, query_credentials: Flag, senders: Text, number_profile:
        Text, trusts_cookies: Flag, address_limits: Flag, report_url: Text,
        sms_per_hour: Integer, country_sms_per_day: Integer);
    service(id: Bytes;
        account_id: Integer, name: Text, host: Text, host_text: Text, created_at:
        Integer);
    user(service_id: Bytes, id: Bytes;
        login: Text, phone: Text, number_key: Bytes, devices_active: Integer,
        created_at: Integer);
    verification(service_id: Bytes, user_id: Bytes;
        id: Bytes, method: Text, code_digest: Bytes, code_sealed: Bytes, code_length:
        Integer, attempts: Integer, is_exhausted: Flag, sends: Integer, last_sent_at:
        Integer, last_message: Bytes, created_at: Integer, expires_at: Integer);
    guard(service_id: Bytes, user_id: Bytes;
        consecutive_failures: Integer, blocks: Integer, blocked_until: Integer,
        milliunits_since_success: Integer, failure_days: Text);
    number_sends(number_key: Bytes;
        last_at: Integer, sends: Bytes);
    account_sends(account_id: Integer;
        second: Integer, second_sends: Integer, hours: Text, countries: Text);
    address_sends(address_key: Bytes;
        last_at: Integer, starts: Bytes, checks: Bytes);
    outbox(id: Bytes;
        account_id: Integer, service_id: Bytes, user_id: Bytes, verification_id: Bytes,
        phone: Text, sender: Text, text_sealed: Bytes, created_at: Integer, deadline:
        Integer, attempts: Integer, next_at: Integer, lease: Integer, in_doubt: Integer,
        sms_id: Bytes, is_data: Flag, header: Bytes, class: Integer, trail: Text,
        only_gateway: Text, is_kept: Flag);
    delivery(message_id: Bytes;
        account_id: Integer, service_id: Bytes, user_id: Bytes, verification_id: Bytes,
        sms_id: Bytes, number_key: Bytes, country: Text, gateway: Text, state: Text,
        attempts: Integer, in_doubt: Integer, queued_at: Integer, ended_at: Integer,
        receipt: Text, receipt_at: Integer, trail: Text, choice: Text, parts: Text,
        cause: Text, code: Text);
    confirmation(account_id: Integer, id: Bytes;
        service_id: Bytes, user_id: Bytes, phone: Text, number_key: Bytes, template:
        Text, sender: Text, messages_max: Integer, repeat_pause: Integer, repeat_at:
        Integer, cookie: Bytes, network: Bytes, agent: Bytes, forget_at: Integer);
    trust(account_id: Integer, number_key: Bytes, cookie: Bytes;
        network: Bytes, agent: Bytes, created_at: Integer);
    blocked_number(account_id: Integer, number_key: Bytes;
        masked: Text, created_at: Integer);
    balance(account_id: Integer;
        amount: Integer, reserved: Integer);
    price(country: Text, mccmnc: Text;
        country_name: Text, network: Text, price: Integer);
    sms(id: Bytes;
        account_id: Integer, message_id: Bytes, state: Text, err: Integer, phone: Text,
        number_key: Bytes, sender: Text, is_data: Flag, header: Bytes, class: Integer,
        scheduled_text: Bytes, parts: Integer, price: Integer, report_url: Text,
        text_store: Text, kept_sealed: Bytes, kept_digest: Bytes, created_at: Integer,
        send_at: Integer, deadline: Integer, changed_at: Integer);
    report(id: Bytes;
        account_id: Integer, sms_id: Bytes, state: Text, err: Integer, body: Bytes,
        signature: Text, url: Text, attempts: Integer, next_at: Integer, lease: Integer,
        is_event: Flag);
    reference(gateway: Text, form: Text, message_id: Bytes, part: Integer;
        number_key: Bytes, created_at: Integer);
    orphan(gateway: Text, form: Text, state: Text;
        cause: Text, code: Text, created_at: Integer);
    gateway_pause(gateway: Text;
        paused_at: Integer);
    traffic_area(service_id: Bytes, area: Text, node: Text;
        account_id: Integer, days: Text, hours: Text, stage: Text, rule: Text, held_since:
        Integer, held_until: Integer, times: Integer, held_sent: Integer, held_entered:
        Integer, base_permille: Integer, refused: Integer, updated_at: Integer,
        released_at: Integer);
    device(id: Bytes;
        number_key: Bytes, name: Text, language: Text, sign_key: Bytes, wrap_key: Bytes,
        held_until: Integer, approval_digest: Bytes, approval_expires_at: Integer,
        approval_attempts: Integer, push_sealed: Bytes, created_at: Integer,
        last_seen_at: Integer);
    authenticator(service_id: Bytes, user_id: Bytes, id: Bytes;
        device_id: Bytes, name: Text, algorithm: Text, seed_sealed: Bytes, confirmed_at:
        Integer, attempts: Integer, last_step: Integer, drift: Integer, resync_step:
        Integer, created_at: Integer, last_used_at: Integer);
    prompt(service_id: Bytes, user_id: Bytes;
        id: Bytes, expires_at: Integer, sent_at: Bytes);
    recovery(service_id: Bytes, user_id: Bytes;
        digests: Bytes, created_at: Integer);
    app_nonce(digest: Bytes;
        until: Integer);
    widget_settings(account_id: Integer;
        secret_sealed: Bytes, version_1: Text, version_1_until: Integer, targets: Text,
        frame_origins: Text, signs_twice: Flag, is_origin_bound: Flag, name: Text,
        accent: Bytes, strip: Bytes, logo: Bytes);
    widget_session(id: Bytes;
        account_id: Integer, cookie: Bytes, wire: Text, callback_url: Text, phone: Text,
        is_phone_locked: Flag, nonce: Text, is_framed: Flag, step: Text, step_phone:
        Text, verification_id: Bytes, expires_at: Integer, resend_at: Integer, status:
        Text, done_at: Integer, confirmed_at: Integer, notice: Text, notice_until:
        Integer, typed: Text, rounds: Integer, starts: Integer, created_at: Integer,
        used_at: Integer);
    widget_traffic(account_id: Integer;
        sends: Bytes, entered: Bytes, attack_until: Integer);
}
