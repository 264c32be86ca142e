//! How far it is: a bar on a terminal, now and then a line elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use store::moving::Progress;

use crate::cli::print;

/// How often a terminal is told.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// How often anything else is: a log that somebody reads later.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// Characters of the bar; the line fits into 80.
const BAR_CHARS: u64 = 20;

/// A bar of one piece of work.
pub(super) struct Bar {
    what: &'static str,
    is_terminal: bool,
    begun: Instant,
    told: Option<Instant>,
    /// Rows that were done before this run: they say nothing about its speed.
    rows_before: u64,
    last: Option<Progress>,
}

impl Bar {
    pub(super) fn new(what: &'static str, rows_before: u64) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self { what, is_terminal, begun: Instant::now(), told: None, rows_before, last: None }
    }

    /// Shows how far it is, if it has not just done so.
    pub(super) fn tell(&mut self, progress: Progress) {
        self.last = Some(progress);
        let pause = if self.is_terminal { DRAW_EVERY } else { SAY_EVERY };
        if self.told.unwrap_or(self.begun).elapsed() >= pause {
            self.told = Some(Instant::now());
            self.show(progress);
        }
    }

    /// Shows the end.
    pub(super) fn end(&self) {
        if let Some(progress) = self.last {
            self.show(progress);
            if self.is_terminal {
                print::note("");
            }
        }
    }

    fn show(&self, progress: Progress) {
        let line = line(self.what, progress, self.rows_before, self.begun.elapsed());
        if self.is_terminal {
            let mut terminal = std::io::stderr().lock();
            // Whoever closed the terminal wants no more.
            let _ = write!(terminal, "\r{line}\x1b[K").and_then(|()| terminal.flush());
        } else {
            print::note(line);
        }
    }
}

fn line(what: &str, progress: Progress, rows_before: u64, elapsed: Duration) -> String {
    let Progress { rows, total, .. } = progress;
    let share = |of: u64| (rows.min(total) * of).checked_div(total).unwrap_or(of);
    let filled = share(BAR_CHARS);
    let bar: String = (0..BAR_CHARS).map(|n| if n < filled { '#' } else { '.' }).collect();
    let mut line = format!("{what:9} [{bar}] {:>3} %  {} rows", share(100), amount(rows));
    if let Some(rate) = rate(rows.saturating_sub(rows_before), elapsed) {
        let left = Duration::from_secs(total.saturating_sub(rows) / rate);
        let rest = format!(", {}/s, {} left", amount(rate), duration(left));
        line.push_str(&rest);
    }
    line
}

/// Rows in a second; none if there is nothing to go by.
fn rate(rows: u64, elapsed: Duration) -> Option<u64> {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    rows.saturating_mul(1_000).checked_div(millis).filter(|rate| *rate > 0)
}

/// A number with commas, as in 1,234,567.
pub(super) fn amount(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time as people say it.
pub(super) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        172_800.. => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rows: u64, total: u64, rows_before: u64, seconds: u64) -> String {
        let progress = Progress { table: "user", rows, total };
        line("copying", progress, rows_before, Duration::from_secs(seconds))
    }

    #[test]
    fn a_line_says_how_far_how_quick_and_how_long() {
        let half = "copying   [##########..........]  50 %  500,000 rows, 50,000/s, 10 s left";
        assert_eq!(shown(500_000, 1_000_000, 0, 10), half);
        // What an earlier run did makes this one no quicker.
        let resumed = "copying   [##########..........]  50 %  500,000 rows, 10,000/s, 50 s left";
        assert_eq!(shown(500_000, 1_000_000, 400_000, 10), resumed);
    }

    #[test]
    fn a_line_without_anything_to_go_by_promises_nothing() {
        assert_eq!(shown(0, 7, 0, 3), "copying   [....................]   0 %  0 rows");
        assert_eq!(shown(5, 10, 5, 0), "copying   [##########..........]  50 %  5 rows");
        assert_eq!(shown(0, 0, 0, 1), "copying   [####################] 100 %  0 rows");
    }

    #[test]
    fn a_line_fits_into_a_terminal() {
        let longest = shown(999_999_999, 9_999_999_999, 0, 1_000_000);
        assert!(longest.chars().count() < 80, "{longest}");
    }

    #[test]
    fn numbers_and_times_are_read_by_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(amount), ["0", "999", "1,000", "1,234,567"]);
        let times = [0, 9, 10, 119, 120, 7_199, 7_200, 90_061, 172_800]
            .map(Duration::from_secs)
            .map(duration);
        assert_eq!(
            times,
            [
                "0.0 s",
                "9.0 s",
                "10 s",
                "119 s",
                "2 min",
                "119 min",
                "2 h 0 min",
                "25 h 1 min",
                "2 days"
            ]
        );
    }
}
