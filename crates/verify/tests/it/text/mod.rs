//! Message texts: random ones, and the page for integrators.

mod page;
mod properties;
mod second_count;
