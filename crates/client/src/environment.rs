//! The one variable of the environment that this library knows.

/// Where the server is, if the program does not say it.
pub(crate) fn endpoint() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the one place of this library")]
    std::env::var("RINGPROOF_ENDPOINT").ok()
}
