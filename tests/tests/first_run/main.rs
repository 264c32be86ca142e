//! The program as an operator meets it: starting, being told what is wrong,
//! the files it makes, accounts, backup and restore, stopping.

mod accounts;
mod backup;
mod commands;
mod configuration;
mod data_folder;
mod failure;
mod starting;
mod stopping;
