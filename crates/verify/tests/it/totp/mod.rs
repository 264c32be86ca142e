//! Time-based codes (S-23 … S-30).

mod drift;
mod method;
mod place;
mod proof;
mod reference;
mod window;
