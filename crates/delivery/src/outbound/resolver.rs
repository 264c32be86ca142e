//! From a name to addresses.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

/// Gives the addresses of a name. They are not trusted: the client checks each.
pub trait Resolver: Send + Sync + 'static {
    /// The addresses of a name, the best one first. Asked once for each call.
    ///
    /// # Errors
    /// The name is not known, or whoever knows it cannot be reached.
    fn resolve<'a>(&'a self, host: &'a str) -> ResolveFuture<'a>;
}

/// The addresses of [`Resolver::resolve`].
pub type ResolveFuture<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// The resolver of the operating system. It cannot be stopped: a look-up that
/// a call no longer waits for occupies a thread of the runtime until the
/// system gives up.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> ResolveFuture<'a> {
        Box::pin(async move {
            // The port is part of the system's question, not of its answer.
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}
