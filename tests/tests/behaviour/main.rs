//! What the specification says in prose and no numbered case covers: aliases,
//! field rules, protocol, credentials, blocks and budgets, sending limits,
//! what survives a crash, and what becomes of messages later: receipts,
//! reports, repeats, messages from persons. Then the ways out: providers over
//! HTTP, and the routes between them, and the pages of the widget.

mod accounts;
mod aliases;
mod app_calls;
mod app_devices;
mod app_enrolment;
mod app_events;
mod app_pages;
mod app_push;
mod app_take_over;
mod app_unknown_numbers;
mod authenticators;
mod blocks;
mod credentials;
mod development;
mod disk;
mod durability;
mod fields;
mod gateways;
mod guard;
mod guess_budget;
mod inbound;
mod listing;
mod operations;
mod protocol;
mod providers;
mod receipts;
mod recovery;
mod repeats;
mod reports;
mod routes;
mod scheduled;
mod sending_limits;
mod verification;
mod webhook;
mod widget;
mod widget_captcha;
mod widget_refusals;
mod widget_work;
