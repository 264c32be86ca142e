//! The program as an operator meets it: starting, being told what is wrong,
//! the files it makes, accounts, backup and restore, stopping.

mod account_settings;
mod accounts;
mod backup;
mod blocked_numbers;
mod commands;
mod configuration;
mod data_folder;
mod devices;
mod failure;
mod messages;
mod money;
mod moving;
mod starting;
mod stopping;
mod tls;
mod widget;
