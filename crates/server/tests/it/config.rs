//! Configuration: the layers and their order, every mistake with its message, every hard limit at its edges, the
//! printed form, and the manual.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod blocks;
mod gateways;
mod hard_limits;
mod layers;
mod manual;
mod mistakes;
mod operating;
mod postgres;
mod providers;
mod push;
mod smpp;

use std::io::Write as _;

use ringproof_server::config::{Config, Flags, Loaded, Problems, load};

/// What the operator gives: a file's text, variables, flags.
#[derive(Default)]
struct Given {
    file: Option<tempfile::NamedTempFile>,
    variables: Vec<(String, String)>,
    flags: Flags,
}

impl Given {
    fn nothing() -> Self {
        Self::default()
    }

    fn file(text: &str) -> Self {
        let mut file = tempfile::NamedTempFile::with_suffix("-ringproof.toml").unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let flags = Flags { config: Some(file.path().to_owned()), ..Flags::default() };
        Self { file: Some(file), flags, ..Self::default() }
    }

    fn variable(name: &str, value: &str) -> Self {
        Self::nothing().and_variable(name, value)
    }

    fn and_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn load(&self) -> Result<Loaded, Problems> {
        load(&self.flags, self.variables.clone())
    }

    fn config(&self) -> Config {
        self.load().unwrap_or_else(|problems| panic!("{problems}")).config
    }

    /// What is wrong, one mistake a line, with the file's own name written as `FILE`.
    fn mistakes(&self) -> String {
        let problems = self.load().expect_err("the configuration must be refused");
        let lines: Vec<String> = problems.0.iter().map(ToString::to_string).collect();
        let text = lines.join("\n");
        match &self.file {
            Some(file) => text.replace(&file.path().display().to_string(), "FILE"),
            None => text,
        }
    }
}

/// What is wrong with a file of this text.
fn mistakes_in(text: &str) -> String {
    Given::file(text).mistakes()
}
