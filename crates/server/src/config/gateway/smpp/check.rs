//! What is wrong with an `smpp` block, beyond single values.

use super::{SmppBind, SmppGateway};
use crate::config::formats::check_readable;
use crate::config::problem::Report;
use crate::config::secret::{self, Secret};

/// Characters of a password by the specification (SMPP 3.4 §5.2.2).
const PASSWORD_CHARACTERS: usize = 8;

/// Longest name of an account. The specification has 15; some SMSCs issue longer ones.
const SYSTEM_ID_CHARACTERS_MAX: usize = 64;

impl SmppGateway {
    fn key(&self, key: &str) -> String {
        format!("gateway.{}.{key}", self.name)
    }

    pub(in crate::config) fn check(&self, report: &mut Report) {
        self.check_link(report);
        self.check_account(report);
        if self.bind == SmppBind::Transmitter && self.registered_delivery != 0 {
            report.add(
                self.key("bind"),
                "\"tx\" receives no receipts; write \"trx\" or \"tx+rx\", or set registered_delivery = 0",
            );
        }
    }

    fn check_link(&self, report: &mut Report) {
        let far = self.hosts.iter().find(|host| !host.is_loopback());
        if let Some(far) = far.filter(|_| !self.tls && !self.allow_plain_tcp) {
            report.add(
                self.key("tls"),
                format!(
                    "codes and the password would go to {far} in the clear; remove tls = false, or set \
                     allow_plain_tcp = true if the link is private"
                ),
            );
        }
        if self.tls && self.allow_plain_tcp {
            report.add(
                self.key("allow_plain_tcp"),
                "changes nothing while tls = true; set tls = false, or remove it",
            );
        }
        let of_tls = [
            ("tls_server_name", !self.tls_server_name.is_empty()),
            ("ca_file", self.ca_file.is_some()),
            ("tls_pinned_keys", !self.tls_pinned_keys.is_empty()),
            ("client_cert_file", self.client_cert_file.is_some()),
            ("client_key_file", self.client_key_file.is_some()),
        ];
        for (key, _) in of_tls.into_iter().filter(|(_, is_set)| *is_set && !self.tls) {
            report.add(self.key(key), "is of no use with tls = false; remove one of the two");
        }
        let (missing, given) = match (&self.client_cert_file, &self.client_key_file) {
            (Some(_), None) => ("client_key_file", "client_cert_file"),
            (None, Some(_)) => ("client_cert_file", "client_key_file"),
            (Some(_), Some(_)) | (None, None) => return,
        };
        report.add(self.key(given), format!("needs {missing} beside it"));
    }

    fn check_account(&self, report: &mut Report) {
        let texts = [
            ("system_id", &self.system_id, 1, SYSTEM_ID_CHARACTERS_MAX),
            ("system_type", &self.system_type, 0, 12),
            ("service_type", &self.service_type, 0, 5),
        ];
        for (key, text, min, max) in texts {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
            if !is_plain || !(min..=max).contains(&text.len()) {
                report.add(self.key(key), format!("must have {min} to {max} ASCII characters"));
            }
        }
        let key = self.key("password");
        secret::check(&key, self.password.as_ref(), self.password_file.as_ref(), report);
        if let Some(password) = &self.password {
            self.check_length(&key, password, report);
        }
    }

    fn check_length(&self, key: &str, password: &Secret, report: &mut Report) {
        let count = password.expose().len();
        if count > PASSWORD_CHARACTERS && !self.long_password {
            report.add(
                key,
                format!(
                    "has {count} characters, and SMPP has room for {PASSWORD_CHARACTERS}; set long_password = true \
                     if this SMSC takes longer ones"
                ),
            );
        }
    }

    pub(in crate::config) fn check_files(&self, report: &mut Report) {
        let key = self.key("password_file");
        match self.password_source().map(|source| source.read()) {
            None => {}
            Some(Ok(password)) => self.check_length(&key, &password, report),
            Some(Err(error)) => report.add(key, error.to_string()),
        }
        let files = [
            ("ca_file", &self.ca_file),
            ("client_cert_file", &self.client_cert_file),
            ("client_key_file", &self.client_key_file),
            ("codes_file", &self.codes_file),
        ];
        for (key, file) in files {
            if let Some(file) = file {
                check_readable(&self.key(key), file, report);
            }
        }
    }
}
