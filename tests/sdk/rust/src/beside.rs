//! What the scenario does past the library: the inbox, the clock and the faults of the server,
//! and the harness around it.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;

/// Longer than the server and the harness take for anything.
const TIMEOUT: Duration = Duration::from_secs(60);

pub struct Beside<'a> {
    server: &'a str,
    control: &'a str,
    seen: &'a mut HashMap<String, u64>,
}

impl<'a> Beside<'a> {
    pub fn new(setting: &'a Value, seen: &'a mut HashMap<String, u64>) -> Self {
        let text = |value: &'a Value| value.as_str().expect("the setting has addresses");
        Self {
            server: text(&setting["addresses"]["main"]),
            control: text(&setting["control"]),
            seen,
        }
    }

    pub fn knows(&self, name: &str) -> bool {
        name.starts_with("dev.") || name.starts_with("harness.")
    }

    pub fn call(&mut self, name: &str, args: &Value) -> Result<Value, String> {
        let (server, control) = (self.server, self.control);
        match name {
            "dev.message" => self.message(args["to"].as_str().ok_or("no number")?),
            "dev.advance" => {
                fetched(server, "/dev/clock", Some(&json!({"advance_seconds": args["seconds"]})))
            }
            "dev.time" => {
                let ahead = args["ahead_seconds"].as_i64().ok_or("no seconds")?;
                Ok(json!({"unix_seconds": self.now()? + ahead}))
            }
            "dev.totp" => Ok(codes(args["secret"].as_str().ok_or("no secret")?, self.now()?)),
            "dev.faults" => fetched(server, "/dev/faults", Some(args)),
            "dev.receipt" => fetched(server, "/dev/inbox/receipts", Some(args)),
            "harness.kill" => fetched(control, "/kill", Some(&json!({}))),
            "harness.start" => fetched(control, "/start", Some(&json!({}))),
            "harness.widget" => fetched(control, "/widget", Some(args)),
            "harness.requests" => {
                let address = args["address"].as_str().ok_or("no address")?;
                fetched(control, &format!("/requests?address={address}"), None)
            }
            _ => Err(format!("there is no call {name}")),
        }
    }

    /// The first message to this number that was not given out yet.
    fn message(&mut self, to: &str) -> Result<Value, String> {
        let after = self.seen.get(to).copied().unwrap_or(0);
        let number = to.replace('+', "%2B");
        let path = format!("/dev/inbox?to={number}&after={after}&wait_seconds=8");
        let answer = fetched(self.server, &path, None)?;
        let messages = answer["messages"].as_array().ok_or("no messages")?;
        let mut message = messages.last().ok_or_else(|| format!("no message to {to}"))?.clone();
        self.seen.insert(to.to_owned(), message["seq"].as_u64().ok_or("no seq")?);
        let text = message["text"].as_str().unwrap_or_default();
        let mut runs = text.split(|c: char| !c.is_ascii_digit());
        let pin = runs.find(|run| run.len() >= 4).map(|run| run[..run.len().min(16)].to_owned());
        message["wrong_pin"] = json!(pin.as_deref().map(wrong));
        message["pin"] = json!(pin);
        Ok(message)
    }

    fn now(&self) -> Result<i64, String> {
        let clock = fetched(self.server, "/dev/clock", None)?;
        unix_seconds(clock["now"].as_str().unwrap_or_default()).ok_or("no time".to_owned())
    }
}

/// The same with its last digit moved on by one.
fn wrong(pin: &str) -> String {
    let (head, last) = pin.split_at(pin.len() - 1);
    format!("{head}{}", (last.parse::<u32>().unwrap_or(0) + 1) % 10)
}

/// The first seconds of `2026-11-22T21:21:17.968Z`, by the count of days of the calendar.
fn unix_seconds(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    // March is the first month of such a year, so that the day of February 29 is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
    Some(days * 86_400 + number(11, 13)? * 3_600 + number(14, 16)? * 60 + number(17, 19)?)
}

/// The code of RFC 6238 (SHA-1, six digits, 30 seconds), and one of which each digit is another.
fn codes(secret: &str, now: i64) -> Value {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let values = secret.chars().filter_map(|letter| letters.find(letter));
    let bits: String = values.map(|value| format!("{value:05b}")).collect();
    let key: Vec<u8> = (0..bits.len() / 8)
        .filter_map(|index| u8::from_str_radix(&bits[8 * index..8 * index + 8], 2).ok())
        .collect();
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).expect("any length is a key");
    mac.update(&(now / 30).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let from = usize::from(digest[19] & 15);
    let four = [digest[from], digest[from + 1], digest[from + 2], digest[from + 3]];
    let code = format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000);
    let other: String = code.bytes().map(|digit| char::from(b'0' + b'9' - digit)).collect();
    json!({"code": code, "wrong_code": other})
}

/// A GET, or a POST of JSON, on a connection of its own: a server that is killed must not leave
/// one behind.
fn fetched(base: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
    let failed = |error: std::io::Error| format!("{base}{path}: {error}");
    let host = base.strip_prefix("http://").ok_or("no address")?;
    let mut stream = TcpStream::connect(host).map_err(failed)?;
    stream.set_read_timeout(Some(TIMEOUT)).map_err(failed)?;
    let (method, body) = body.map_or(("GET", String::new()), |body| ("POST", body.to_string()));
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(failed)?;
    let (head, text) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    let is_good = head.split(' ').nth(1).is_some_and(|status| status.starts_with('2'));
    if !is_good || head.to_ascii_lowercase().contains("transfer-encoding") {
        return Err(format!("{base}{path} answered {answer}"));
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).map_err(|error| format!("{base}{path}: {error}"))
}
