//! The cases of `conformance-cases.md` sections 1–11, each against the real
//! program over a socket, as a test named by its number.
//!
//! What holds for every answer (a JSON object, content type, no caching,
//! errors with a text `message`) is checked for each of them in one place,
//! `ringproof_blackbox::answer`; what holds for every plain-text answer in
//! `ringproof_blackbox::text`.

mod completeness;
mod section_10_sms;
mod section_11_reports;
mod section_1_authentication;
mod section_2_protocol;
mod section_3_services;
mod section_4_users;
mod section_5_start;
mod section_6_verify;
mod section_7_number_start;
mod section_8_number_pin;
mod section_9_widget;
