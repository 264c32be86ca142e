//! The calls against servers that are no good. What a good one says, `tests/sdk` looks at.

mod addresses;
mod fake;
mod hostile;
mod settings;
mod tls;
mod widget;
