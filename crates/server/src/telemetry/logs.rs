//! Log lines on stderr: text for people at a terminal, JSON for machines elsewhere.
//!
//! A JSON line is one object (broken here): `timestamp` (RFC 3339, UTC, milliseconds; always the system's clock,
//! also when `--dev` moved the server's), `level` (`error` somebody has to act, `warn` we coped, `info` a life
//! event, `debug`, `trace`), `message` (a sentence that can be read alone), `target` (the module), and beside them
//! the fields of the event and of the spans around it. Numbers and booleans are JSON's own, everything else is a
//! string. A field with one of the four names gets `field.` in front.
//!
//! ```json
//! {"timestamp":"2026-03-04T05:06:07.890Z","level":"info","message":"listening",
//!  "target":"ringproof_server::serve","address":"127.0.0.1:8080"}
//! ```
//!
//! A text line has the same in the order time, level, sentence, `name=value`, module. In both, characters that
//! could forge a line or fool the eye are escaped (security rule S-86). Nothing here waits for the disk or the
//! terminal: see `queue`.

use std::io::{IsTerminal as _, Write};

use tracing::level_filters::LevelFilter;
use tracing::{Dispatch, Level};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;

pub use super::queue::LogGuard;
use super::queue::Queue;
use super::record::{Fields, Lines, Shape};
use crate::clock::Clock;
use crate::config::{LogConfig, LogFilter, LogFormat};

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The system gave no thread for the writer.
    #[error("could not start the thread that writes the log")]
    Thread(#[source] std::io::Error),
    /// Something in this process logs already.
    #[error("logging was started twice")]
    Twice,
}

/// Starts logging to stderr for the whole process. Keep the guard until the last line is logged.
///
/// `no_color` is whether the environment has a non-empty `NO_COLOR`.
///
/// # Errors
/// When logging was started before, or the system gives no thread.
pub fn start(config: &LogConfig, no_color: bool) -> Result<LogGuard, LogError> {
    let stderr = std::io::stderr();
    let is_terminal = stderr.is_terminal();
    let (dispatch, guard) = to_sink(config, is_terminal, is_terminal && !no_color, stderr)?;
    tracing::dispatcher::set_global_default(dispatch).map_err(|_| LogError::Twice)?;
    Ok(guard)
}

/// What [`start`] installs, writing to any sink; for tests, which make it the default of their thread.
///
/// # Errors
/// When the system gives no thread.
pub fn to_sink(
    config: &LogConfig,
    is_terminal: bool,
    colour: bool,
    sink: impl Write + Send + 'static,
) -> Result<(Dispatch, LogGuard), LogError> {
    let shape = match (config.format, is_terminal) {
        (LogFormat::Text, _) | (LogFormat::Auto, true) => Shape::Text { colour },
        (LogFormat::Json, _) | (LogFormat::Auto, false) => Shape::Json,
    };
    let clock = Clock::system();
    let notice_clock = clock.clone();
    let notice = move |lost| {
        let fields = Fields::of_sentence("log lines were lost, since stderr was not read")
            .with_number("lines", lost);
        shape.line(notice_clock.now(), Level::WARN, module_path!(), &fields)
    };
    let (queue, guard) = Queue::start(sink, notice).map_err(LogError::Thread)?;
    let lines = Lines { shape, clock, queue };
    // The filter stands before everything: what it refuses costs one comparison.
    let subscriber = Registry::default().with(lines).with(targets(&config.level));
    Ok((Dispatch::new(subscriber), guard))
}

/// Reports panics as error lines, with their place; then the thread unwinds as ever. Called after [`start`], since
/// without a log the line would be nowhere.
///
/// The usual hook would print the message to stderr as it stands, past escaping and past the log's shape.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        let message = panic.payload_as_str().unwrap_or_default();
        tracing::error!(
            place,
            thread,
            panic = message,
            "a thread panicked; this is a fault in ringproof"
        );
    }));
}

/// Our own parts at the configured level, libraries at most at info: below it they print headers and bodies.
fn targets(filter: &LogFilter) -> Targets {
    use crate::config::{FOREIGN_LEVEL_MAX, OWN_TARGET};
    let capped = |target: &str, level: LevelFilter| {
        if target.starts_with(OWN_TARGET) { level } else { level.min(FOREIGN_LEVEL_MAX) }
    };
    let parts = filter.parts.iter().map(|(target, level)| (target.clone(), capped(target, *level)));
    Targets::new()
        .with_default(filter.level.min(FOREIGN_LEVEL_MAX))
        .with_target(OWN_TARGET, filter.level)
        .with_targets(parts)
}
