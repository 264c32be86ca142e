//! The gateways that keep sessions, while they run.

use std::sync::Arc;
use std::time::Duration;

use delivery::Gateway as _;
use delivery::smpp::SmppGateway;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::tasks::spawn_named;

/// How long a gateway that was changed or removed has for its open messages.
const LEAVES_WITHIN: Duration = Duration::from_secs(10);

/// How long a farewell may take at the end, even when no time is left.
const FAREWELL: Duration = Duration::from_secs(1);

/// Runs the sessions of gateways. Dropped, it tells them all to end at once.
#[derive(Default)]
pub(super) struct Links {
    running: Vec<Running>,
    /// Those that were told to end, and have not.
    leaving: Vec<Running>,
}

struct Running {
    gateway: Arc<SmppGateway>,
    stop: watch::Sender<Option<Instant>>,
    task: JoinHandle<()>,
}

impl Links {
    /// Runs these gateways and no others. One that runs goes on; a new one of
    /// the same name as one that ends waits for that end, however long ago it
    /// was told, since its account may be bound only so often.
    pub(super) fn follow<'g>(
        &mut self,
        wanted: impl Iterator<Item = &'g Arc<SmppGateway>> + Clone,
    ) {
        self.leaving.retain(|one| !one.task.is_finished());
        let is_wanted = |running: &mut Running| {
            wanted.clone().any(|gateway| Arc::ptr_eq(gateway, &running.gateway))
        };
        let ended: Vec<Running> = self.running.extract_if(.., |r| !is_wanted(r)).collect();
        for one in &ended {
            let _ = one.stop.send(Some(Instant::now() + LEAVES_WITHIN));
        }
        self.leaving.extend(ended);
        for gateway in wanted {
            if self.running.iter().any(|running| Arc::ptr_eq(&running.gateway, gateway)) {
                continue;
            }
            let is_of_name = |one: &mut Running| one.gateway.name() == gateway.name();
            let before: Vec<Running> = self.leaving.extract_if(.., is_of_name).collect();
            let (stop, stopped) = watch::channel(None);
            let run = gateway.clone();
            let task = spawn_named("gateway", async move {
                for one in before {
                    let _ = one.task.await;
                }
                run.run(stopped).await;
            });
            self.running.push(Running { gateway: gateway.clone(), stop, task });
        }
    }

    /// Ends them all, and waits.
    pub(super) async fn stop(self, deadline: Instant) {
        let deadline = deadline.max(Instant::now() + FAREWELL);
        for one in &self.running {
            let _ = one.stop.send(Some(deadline));
        }
        for one in self.running.into_iter().chain(self.leaving) {
            let _ = one.task.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use delivery::Prepared;
    use delivery::smpp::{SmppHost, SmppOptions};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::{sleep, timeout};
    use verify::Timestamp;
    use verify::ids::MessageId;
    use verify::phone::PhoneNumber;
    use verify::record::MessageForm;

    use super::*;
    use crate::intake::GatewayIntake;

    const WITHIN: Duration = Duration::from_secs(20);
    const SUBMIT: u32 = 4;
    const UNBIND: u32 = 6;
    const BIND: u32 = 9;

    /// The SMSC's side of one session.
    struct Session(TcpStream);

    impl Session {
        async fn taken(listener: &TcpListener) -> Self {
            let taken = timeout(WITHIN, listener.accept()).await.expect("it connects");
            let mut session = Self(taken.expect("it is taken").0);
            let sequence = session.hears(BIND).await;
            session.answers(BIND, sequence).await;
            session
        }

        /// Waits for a PDU; gives its sequence number.
        async fn hears(&mut self, command: u32) -> u32 {
            let heard = async {
                loop {
                    let length = self.0.read_u32().await.expect("a PDU comes");
                    let (got, _status) = (self.0.read_u32().await, self.0.read_u32().await);
                    let sequence = self.0.read_u32().await.expect("it has a header");
                    let mut body = vec![0; length as usize - 16];
                    self.0.read_exact(&mut body).await.expect("it has a body");
                    if got.expect("it has a header") == command {
                        return sequence;
                    }
                }
            };
            timeout(WITHIN, heard).await.expect("it comes in time")
        }

        /// Answers with success and a name of one letter.
        async fn answers(&mut self, command: u32, sequence: u32) {
            let header = [18, command | 0x8000_0000, 0, sequence];
            let mut pdu: Vec<u8> = header.iter().flat_map(|word| word.to_be_bytes()).collect();
            pdu.extend(b"a\0");
            self.0.write_all(&pdu).await.expect("it is written");
        }
    }

    fn gateway(port: u16) -> Arc<SmppGateway> {
        let host = SmppHost { host: "127.0.0.1".to_owned(), port };
        let options = SmppOptions::new("carrier", vec![host], "acct", "secret".to_owned().into());
        let intake = Arc::new(GatewayIntake::default());
        let made = SmppGateway::new(options, intake, Arc::new(|| 200));
        Arc::new(made.expect("it is set up"))
    }

    fn message() -> Prepared {
        Prepared {
            id: MessageId::from_bytes([7; 16]),
            attempt: 1,
            is_code: true,
            to: PhoneNumber::parse("+37255500123").expect("it is a number"),
            sender: "Shop".to_owned(),
            form: MessageForm::default(),
            text: "hello".to_owned().into(),
            deadline: Timestamp::MAX,
            handed_at: Timestamp::UNIX_EPOCH,
        }
    }

    async fn is_bound(gateway: &SmppGateway) {
        let bound = async {
            while gateway.view().bound() == 0 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(WITHIN, bound).await.expect("it is bound in time");
    }

    /// Taken out with one reload, and put in again with the next one, while the
    /// first one still waits for an answer.
    #[tokio::test]
    async fn a_gateway_that_comes_back_waits_for_its_own_farewell() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let port = listener.local_addr().expect("it is bound").port();
        let (old, new) = (gateway(port), gateway(port));
        let mut links = Links::default();
        links.follow([&old].into_iter());
        let mut session = Session::taken(&listener).await;
        is_bound(&old).await;
        let sender = old.clone();
        let sending =
            spawn_named("sending", async move { drop(sender.send(vec![message()]).await) });
        let submit = session.hears(SUBMIT).await;
        links.follow([].into_iter());
        links.follow([&new].into_iter());
        tokio::select! {
            _ = listener.accept() => panic!("its account is bound twice"),
            () = sleep(Duration::from_millis(500)) => {}
        }
        session.answers(SUBMIT, submit).await;
        timeout(WITHIN, sending).await.expect("it ends").expect("it ends well");
        let unbind = session.hears(UNBIND).await;
        session.answers(UNBIND, unbind).await;
        let mut session = Session::taken(&listener).await;
        is_bound(&new).await;
        let stopping = links.stop(Instant::now() + WITHIN);
        let farewell = async {
            let unbind = session.hears(UNBIND).await;
            session.answers(UNBIND, unbind).await;
        };
        timeout(WITHIN, async { tokio::join!(stopping, farewell) }).await.expect("it ends");
    }
}
