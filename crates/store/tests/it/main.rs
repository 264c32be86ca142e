//! Tests of keeping.
mod asking;
mod child;
mod engines;
mod sample;
mod sqlite;
mod suite;
mod world;
