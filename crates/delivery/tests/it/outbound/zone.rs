//! A resolver whose names lead where a test says.

use std::io;
use std::net::IpAddr;
use std::sync::Mutex;

use ringproof_delivery::outbound::Resolver;
use ringproof_delivery::outbound::resolver::ResolveFuture;

/// What a name has.
pub(crate) enum Record {
    /// Addresses for each time it is asked; the last ones for ever.
    Addresses(Vec<Vec<IpAddr>>),
    /// Another name, as CNAME.
    Alias(&'static str),
}

/// Names and what they have; it remembers who was asked for.
pub(crate) struct Zone {
    records: Vec<(&'static str, Record)>,
    asked: Mutex<Vec<String>>,
}

impl Zone {
    pub(crate) fn new(records: Vec<(&'static str, Record)>) -> Self {
        Self { records, asked: Mutex::default() }
    }

    /// `shop.example` with the same addresses at all times.
    pub(crate) fn shop(addresses: &[IpAddr]) -> Self {
        Self::new(vec![("shop.example", Record::Addresses(vec![addresses.to_vec()]))])
    }

    /// Names that were asked for by the client; aliases are followed here.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn answer(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let times = self.asked.lock().unwrap().iter().filter(|asked| *asked == host).count();
        self.asked.lock().unwrap().push(host.to_owned());
        let mut host = host;
        loop {
            let record = self.records.iter().find(|(name, _)| *name == host);
            match record.map(|(_, record)| record) {
                None => return Err(io::Error::other("no such name")),
                Some(Record::Alias(next)) => host = next,
                Some(Record::Addresses(answers)) => {
                    return Ok(answers[times.min(answers.len() - 1)].clone());
                }
            }
        }
    }
}

impl Resolver for Zone {
    fn resolve<'a>(&'a self, host: &'a str) -> ResolveFuture<'a> {
        Box::pin(async move { self.answer(host) })
    }
}
