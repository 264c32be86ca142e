//! A handler that panics hurts nobody but its request (S-98).

use std::io;
use std::sync::Mutex;

use ringproof_server::config::{LogConfig, LogFormat};
use ringproof_server::telemetry::logs;

use super::*;

/// Keeps everything that is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_panic_is_a_500_with_its_id_and_one_line_in_the_log() {
    let log = Log::default();
    let sink = log.clone();
    let config = LogConfig { level: "info".parse().unwrap(), format: LogFormat::Json };
    let (dispatch, writer) = logs::to_sink(&config, false, false, sink).unwrap();
    let is_default = tracing::dispatcher::set_default(&dispatch);
    // With one subscriber alive, a thread that has none could switch a log line off for all of
    // them by meeting it first; with two, every subscriber is asked.
    let _second = logs::to_sink(&config, false, false, io::sink()).unwrap();

    let world = World::new().await;
    let mut stream = world.connect().await;
    stream.write_all(b"GET /panic HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let answer = read_answer(&mut stream).await;
    assert_refusal(&answer, 500, "internal");
    let id = header(&answer, "x-request-id").unwrap();
    assert!(body_of(&answer).contains(id), "{answer}");
    assert!(!answer.contains("secret"), "{answer}");

    stream.write_all(b"GET /hello HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert_eq!(status(&read_answer(&mut stream).await), 200, "the same connection lives on");

    drop((is_default, dispatch, writer));
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("a handler panicked")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains("\"level\":\"error\"") && lines[0].contains(id), "{log}");
    assert!(!log.contains("secret"), "{log}");
}
