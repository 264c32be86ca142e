//! Message texts: random ones, and the page for integrators.

mod calculators;
mod page;
mod properties;
mod second_count;
