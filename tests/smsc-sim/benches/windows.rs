//! Messages a second through one bind of our SMPP session, at several windows (DL-5): to the SMSC of the tests in a
//! process of its own, without a gateway and a store. Beside it, in the same run, as many exchanges over the same
//! kind of connection with an echo that reads nothing: what the machine allows.
//!
//! `cargo bench -p ringproof-smsc-sim --bench windows`

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use smpp::pdu::{Bind, Message, Password};
use smpp::session::{Event, Role, Session};
use smpp::{Address, OctetString, TonNpi};

/// Window, and the messages a second that it is to carry (delivery.md section 16, DL-5).
const WINDOWS: [(usize, f64); 3] = [(1, 8_000.0), (10, 50_000.0), (100, 150_000.0)];

/// How long each is measured, and how often in turn; the median counts.
const SECONDS: Duration = Duration::from_secs(3);
const ROUNDS: usize = 3;

/// Octets of an exchange with the echo, about those of a submit.
const EXCHANGE: usize = 120;

fn main() -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "| window | messages/s | bare exchanges/s | to bare | target |")?;
    writeln!(out, "| ---: | ---: | ---: | ---: | ---: |")?;
    for (window, target) in WINDOWS {
        let (mut rates, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bare.push(exchanges(window)?);
            rates.push(messages(window)?);
        }
        let (rate, bare) = (median(rates), median(bare));
        writeln!(
            out,
            "| {window} | {rate:.0} | {bare:.0} | × {:.2} | ≥ {target:.0} |",
            rate / bare
        )?;
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The SMSC; it ends with this value.
struct Smsc {
    process: Child,
    port: u16,
}

impl Smsc {
    fn start() -> Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smsc-sim"));
        command.args(["--count", "--port=0", "--control=0"]).stdout(Stdio::piped());
        let mut process = command.spawn().context("the SMSC does not start")?;
        let mut lines = BufReader::new(process.stdout.take().context("it has an output")?).lines();
        let line = lines.next().context("the SMSC says nothing")??;
        let said: serde_json::Value = serde_json::from_str(&line)?;
        let port = said["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        Ok(Self { process, port: port.with_context(|| line.clone())? })
    }
}

impl Drop for Smsc {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn bind() -> Result<Bind> {
    Ok(Bind {
        system_id: OctetString::new("acct")?,
        password: Password::new(OctetString::new("secret")?),
        system_type: OctetString::default(),
        interface_version: 0x34,
        addr_ton: 0,
        addr_npi: 0,
        address_range: OctetString::default(),
    })
}

fn message() -> Result<Message> {
    Ok(Message {
        source: Address { ton_npi: TonNpi::new(5, 0), octets: OctetString::new("Shop")? },
        destination: Address {
            ton_npi: TonNpi::new(1, 1),
            octets: OctetString::new("37255500001")?,
        },
        short_message: b"Your code is 123456. Do not tell it to anybody.".to_vec(),
        ..Message::default()
    })
}

/// Keeps the window full for the time, and waits for what is open then. Gives answers a second.
fn messages(window: usize) -> Result<f64> {
    let smsc = Smsc::start()?;
    let mut line = TcpStream::connect((Ipv4Addr::LOCALHOST, smsc.port))?;
    line.set_nodelay(true)?;
    let began = Instant::now();
    let mut session = Session::open(Role::Transmitter, bind()?, window, began.elapsed())?;
    let (mut message, mut buffer) = (message()?, vec![0; 65_536]);
    let (mut bound, mut sent, mut answered) = (None, 0_u32, 0_u32);
    loop {
        let now = began.elapsed();
        let is_over = bound.is_some_and(|bound| now >= bound + SECONDS);
        if is_over && answered == sent {
            break;
        }
        while !is_over && session.room() > 0 {
            session.submit(sent.into(), &mut message, now)?;
            sent += 1;
        }
        while !session.output().is_empty() {
            let written = line.write(session.output())?;
            session.written(written, now);
        }
        let read = line.read(&mut buffer)?;
        ensure!(read > 0, "the SMSC has gone");
        let now = began.elapsed();
        session.received(&buffer[..read], now);
        while let Some(event) = session.event() {
            match event {
                Event::Bound => bound = Some(now),
                Event::Answered { answer, .. } if answer.status == 0 => answered += 1,
                other => bail!("{other:?}"),
            }
        }
    }
    let took = began.elapsed().saturating_sub(bound.unwrap_or_default());
    Ok(f64::from(answered) / took.as_secs_f64())
}

/// The same with an echo instead of an SMSC, and without any words.
fn exchanges(window: usize) -> Result<f64> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut line = TcpStream::connect(listener.local_addr()?)?;
    line.set_nodelay(true)?;
    let (mut peer, _) = listener.accept()?;
    peer.set_nodelay(true)?;
    let echo = thread::Builder::new().name("echo".to_owned()).spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Ok(read @ 1..) = peer.read(&mut buffer) {
            if peer.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
    })?;
    let (began, mut buffer) = (Instant::now(), vec![0; 65_536]);
    let exchange = vec![0; EXCHANGE * window];
    let (mut open, mut answered) = (0, 0_usize);
    while began.elapsed() < SECONDS || open > 0 {
        let free = if began.elapsed() < SECONDS { EXCHANGE * window - open } else { 0 };
        // Whole exchanges only, as whole messages are sent.
        let whole = free / EXCHANGE * EXCHANGE;
        line.write_all(&exchange[..whole])?;
        open += whole;
        let read = line.read(&mut buffer)?;
        ensure!(read > 0, "the echo has gone");
        open -= read;
        answered += read;
    }
    let took = began.elapsed();
    drop(line);
    let _ = echo.join();
    Ok(f64::from(u32::try_from(answered / EXCHANGE)?) / took.as_secs_f64())
}
