//! Bounds of the widget's pages.

/// Entries of `Accept-Language` that are looked at.
pub(super) const LANGUAGES_READ_MAX: usize = 20;

/// Largest logo that a page shows. Whoever sets one is told of a lower limit.
pub(super) const LOGO_BYTES_MAX: usize = 256 * 1024;
