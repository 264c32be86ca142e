//! Bounds of what an account keeps for the widget.

/// Addresses that answers of one account may go to, at most.
pub const TARGETS_MAX: usize = 64;

/// Sites whose pages may show the widget of one account in a frame, at most.
pub const FRAME_ORIGINS_MAX: usize = 64;

/// Largest picture of an account, in bytes.
pub const LOGO_BYTES_MAX: usize = 64 * 1024;

/// Longest side of it, in pixels.
pub const LOGO_SIDE_MAX: u32 = 2_048;
