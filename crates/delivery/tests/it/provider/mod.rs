//! The HTTP interfaces of providers, without a network: what is sent to them,
//! and how their answers and calls are read.

mod aws;
mod exchange;
mod hostile;
mod infobip;
mod messente;
mod tags;
