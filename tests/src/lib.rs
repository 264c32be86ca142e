//! Black-box tests of Ringproof: the harness.
//!
//! Nothing here links against the server. A test starts the real `ringproof`
//! program as a child process ([`server`]), speaks to it through a small
//! HTTP/1.1 client that sends exactly the bytes it is told to ([`http`]), and
//! learns codes as a person would: by reading the messages in the development
//! inbox ([`inbox`]).
//!
//! The tour, from the outside in:
//!
//! * [`world`] is what most tests begin with: a server with the accounts,
//!   services and users of the conformance cases, fresh for every test.
//! * [`caller`] makes the calls of one account; every answer passes through
//!   [`answer`], the one place where the rules for *all* answers are checked.
//! * [`text`] makes the calls of the plain-text interfaces and checks the rules
//!   for all of *their* answers; [`operator`] does what those need of the
//!   operator on the command line.
//! * [`device`] is a person's device with the authenticator app, [`totp`] its
//!   codes, [`push_service`] the push service of its browser, [`devi`] the user
//!   of the fixture with an authenticator.
//! * [`clock`] and [`faults`] move the server's time and break its parts.
//! * [`widget`] is a person's browser on the widget's pages, and the site that sends
//!   it there.
//! * [`provider`] plays the HTTP interface of an SMS provider.
//! * [`webhook`] plays the operator's message gateway, [`reports`] the server of
//!   an integrator that gets delivery reports, [`smsc`] starts the operator's
//!   SMSC: one of three programs, of which two speak by codecs not ours.
//! * [`volley`] lets many callers loose at the same moment, [`metrics`] reads what the
//!   server counts.
//! * [`tool`] runs programs that know nothing of us: a scanner, an authenticator.
//! * [`folder`], [`process`] and [`cli`] handle data folders, child processes
//!   and the other commands of the program.
//!
//! * [`history`] judges what many calls were answered while the database failed.
//!
//! Time is moved by hand and conditions are waited for; no test sleeps for
//! luck. The test runner's own limit (one thread a core) bounds how many
//! servers live at once. Which program is tested: see [`server::program`].

// A harness reports by panicking: whatever goes wrong is a failed test.
#![allow(clippy::missing_panics_doc)]

pub mod answer;
pub mod caller;
pub mod cli;
pub mod clock;
pub mod devi;
pub mod device;
pub mod faults;
pub mod folder;
pub mod history;
pub mod http;
pub mod inbox;
pub mod metrics;
pub mod operator;
pub mod postgres;
pub mod process;
pub mod provider;
pub mod push_service;
pub mod reports;
pub mod server;
pub mod smsc;
pub mod text;
pub mod tool;
pub mod totp;
pub mod volley;
pub mod webhook;
pub mod widget;
pub mod world;
