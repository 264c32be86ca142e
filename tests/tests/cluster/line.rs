//! A line between a server and its PostgreSQL that can fall silent.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

/// A line that lives as long as the test program.
pub(crate) struct Line {
    address: SocketAddr,
    silence: Arc<Silence>,
}

#[derive(Default)]
struct Silence {
    is_silent: Mutex<bool>,
    changed: Condvar,
}

impl Line {
    /// A line to the PostgreSQL of this socket.
    pub(crate) fn to(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound socket has an address");
        let silence = Arc::new(Silence::default());
        let (of_calls, socket) = (silence.clone(), socket.to_owned());
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let (silence, socket) = (of_calls.clone(), socket.clone());
                thread::spawn(move || connect(near, &socket, &silence));
            }
        });
        Self { address, silence }
    }

    /// Where its near end is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing that is said at one end comes out at the other, and no end is
    /// told that this is so; or all of it comes out.
    pub(crate) fn fall_silent(&self, is_silent: bool) {
        *self.silence.lock() = is_silent;
        self.silence.changed.notify_all();
    }
}

impl Silence {
    fn lock(&self) -> std::sync::MutexGuard<'_, bool> {
        self.is_silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something can be heard.
    fn wait(&self) {
        drop(self.changed.wait_while(self.lock(), |is_silent| *is_silent));
    }
}

fn connect(near: TcpStream, socket: &PathBuf, silence: &Arc<Silence>) {
    silence.wait();
    let Ok(far) = UnixStream::connect(socket) else { return };
    let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else { return };
    let silence_too = silence.clone();
    let back = thread::spawn(move || {
        carry(far_too, &near_too, &silence_too);
        let _ = near_too.shutdown(Shutdown::Both);
    });
    carry(near, &far, silence);
    let _ = far.shutdown(Shutdown::Both);
    let _ = back.join();
}

/// Carries from one end to the other until one of them is gone.
fn carry(mut from: impl Read, mut to: impl Write, silence: &Silence) {
    let mut words = [0; 16 * 1024];
    while let Ok(count) = from.read(&mut words) {
        silence.wait();
        if count == 0 || to.write_all(&words[..count]).is_err() {
            return;
        }
    }
}
