//! Sings when somebody connects.

use std::io;
use std::net::{SocketAddr, TcpListener};

/// Listens where nobody may come. A connection to loopback stands as soon as
/// the caller's `connect` returns, so counting needs no waiting.
pub(crate) struct Canary {
    listeners: Vec<TcpListener>,
    pub(crate) port: u16,
}

impl Canary {
    /// On every address of this machine.
    pub(crate) fn everywhere() -> Self {
        let mut canary = Self::at("0.0.0.0:0".parse().unwrap()).unwrap();
        // A machine without IPv6 has nobody there to be called.
        let v6 = TcpListener::bind(("::1", canary.port)).inspect(|v6| {
            v6.set_nonblocking(true).unwrap();
        });
        canary.listeners.extend(v6);
        canary
    }

    /// On one address and port.
    ///
    /// # Errors
    /// The port is taken.
    pub(crate) fn at(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        Ok(Self { listeners: vec![listener], port })
    }

    /// How many have connected since the last question.
    pub(crate) fn connections(&self) -> usize {
        let new = |listener: &TcpListener| std::iter::from_fn(|| listener.accept().ok()).count();
        self.listeners.iter().map(new).sum()
    }
}
