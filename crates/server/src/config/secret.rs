//! Secrets in the configuration: values that can be used but not shown.

use std::fmt;
use std::io::Read as _;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq;

use super::problem::Report;

/// Longest secret that is read from a file; tokens are far shorter.
const SECRET_BYTES_MAX: u64 = 4096;

/// A secret text: printed as `********`, compared in constant time, wiped when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// Lends the secret to the one who uses it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("********")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for Secret {}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input).map(Self::new)
    }
}

/// Where a secret comes from. Files are read late, so that a changed file is seen on reload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// The file holds nothing but the secret; white space at its end is cut.
    File(PathBuf),
    /// The environment gave the secret itself.
    Value(Secret),
}

/// Why a secret could not be had. Never shows the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file could not be read.
    #[error("could not read secret file {path}: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// The secret is empty, too long, or has other characters than visible ASCII, and so cannot stand in a header.
    #[error(
        "{place} does not hold a secret: 1 to {SECRET_BYTES_MAX} visible ASCII characters are needed"
    )]
    Unusable {
        /// The file, or a word for the environment.
        place: String,
    },
}

impl SecretSource {
    /// Gives the secret, reading its file if it has one.
    ///
    /// # Errors
    /// When the file cannot be read, or what it holds could not be sent in a header (security rule S-84).
    pub fn read(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Value(secret) => usable(secret.clone(), || "the environment variable".to_owned()),
            Self::File(path) => {
                let unreadable = |cause| SecretError::Unreadable { path: path.clone(), cause };
                let mut text = String::new();
                let file = std::fs::File::open(path).map_err(unreadable)?;
                file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
                text.truncate(text.trim_end().len());
                usable(Secret::new(text), || path.display().to_string())
            }
        }
    }
}

/// Where a secret comes from that can be given itself or by a file.
pub(super) fn source_of(value: Option<&Secret>, file: Option<&PathBuf>) -> Option<SecretSource> {
    let value = value.map(|value| SecretSource::Value(value.clone()));
    value.or_else(|| file.map(|file| SecretSource::File(file.clone())))
}

/// Reports a secret that cannot be used, or that is given twice. The key of its file is `key` and `_file`.
pub(super) fn check(
    key: &str,
    value: Option<&Secret>,
    file: Option<&PathBuf>,
    report: &mut Report,
) {
    let Some(value) = value else { return };
    if let Err(error) = SecretSource::Value(value.clone()).read() {
        report.add(key, error.to_string());
    }
    if file.is_some() {
        let what = if key.ends_with("token") { "token" } else { "secret" };
        report.add(
            format!("{key}_file"),
            format!("stands beside a {what} from the environment; keep one of the two"),
        );
    }
}

fn usable(secret: Secret, place: impl Fn() -> String) -> Result<Secret, SecretError> {
    let text = secret.expose();
    let fits = !text.is_empty() && text.len() as u64 <= SECRET_BYTES_MAX;
    if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(secret)
    } else {
        Err(SecretError::Unusable { place: place() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = Secret::new("hunter2hunter2".to_owned());
        assert_eq!(format!("{secret:?}"), "********");
        assert_eq!(format!("{:?}", SecretSource::Value(secret.clone())), "Value(********)");
        assert_eq!(secret.expose(), "hunter2hunter2");
    }

    #[test]
    fn a_secret_file_is_read_without_its_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "abc123\n").unwrap();
        assert_eq!(SecretSource::File(path).read().unwrap().expose(), "abc123");
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for text in ["", "\n", "top\r\nsecret", "top secret", "sécret", &"x".repeat(5000)] {
            std::fs::write(&path, text).unwrap();
            let error = SecretSource::File(path.clone()).read().unwrap_err().to_string();
            assert!(error.contains("does not hold a secret"), "{error}");
            assert!(!error.contains("top"), "{error}");
        }
        let error = SecretSource::File(folder.path().join("none")).read().unwrap_err().to_string();
        assert!(error.contains("could not read secret file"), "{error}");
    }
}
