//! One case: its steps one after the other, with the variables that they share.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ringproof_client::Ringproof;
use serde_json::{Map, Value, json};

use crate::beside::Beside;
use crate::library;
use crate::matching::{at, difference, filled};

const PAUSE: Duration = Duration::from_millis(50);
/// What an error must not repeat, if it has this many characters.
const SECRET_CHARS_MIN: usize = 4;
const SECRETS: [&str; 6] = ["token", "pin", "code", "secret", "number", "to"];

pub struct Case<'a> {
    setting: &'a Value,
    beside: Beside<'a>,
    variables: Value,
    client: Option<Ringproof>,
    password: String,
}

impl<'a> Case<'a> {
    pub fn new(setting: &'a Value, seen: &'a mut HashMap<String, u64>) -> Self {
        let beside = Beside::new(setting, seen);
        let variables = Value::Object(Map::new());
        Self { setting, beside, variables, client: None, password: String::new() }
    }

    pub async fn run(&mut self, steps: &Value) -> Result<(), String> {
        self.connect(&json!({}))?;
        self.steps(steps).await
    }

    async fn steps(&mut self, steps: &Value) -> Result<(), String> {
        for step in steps.as_array().ok_or("no steps")? {
            if let Some(client) = step.get("client") {
                self.connect(client)?;
            } else if let Some(variable) = step["each"].as_str() {
                let elements = match &step["of"] {
                    Value::Array(list) => list.clone(),
                    count => (0..count.as_u64().unwrap_or(0)).map(Value::from).collect(),
                };
                for element in elements {
                    self.variables[variable] = element;
                    Box::pin(self.steps(&step["steps"])).await?;
                }
            } else {
                self.call(step).await?;
            }
        }
        Ok(())
    }

    fn connect(&mut self, client: &Value) -> Result<(), String> {
        let account = &self.setting["accounts"][client["account"].as_str().unwrap_or("main")];
        let text = |name: &str| account[name].as_str().unwrap_or_default();
        text("password").clone_into(&mut self.password);
        let mut builder = Ringproof::builder(text("username"), text("password"));
        if let Some(secret) = account["widget_secret"].as_str() {
            builder = builder.widget_secret(secret);
        }
        for name in client["addresses"].as_array().unwrap_or(&vec![json!("main")]) {
            let address = &self.setting["addresses"][name.as_str().unwrap_or_default()];
            builder = builder.endpoint(address.as_str().ok_or("no such address")?);
        }
        if let Some(seconds) = client["timeout_seconds"].as_f64() {
            builder = builder.timeout(Duration::from_secs_f64(seconds));
        }
        let client = builder.build().map_err(|error| error.to_string())?;
        self.must_hide(&format!("{client:?} {:?}", client.services()), &Value::Null)?;
        self.client = Some(client);
        Ok(())
    }

    async fn call(&mut self, step: &Value) -> Result<(), String> {
        let name = step["call"].as_str().ok_or("no call")?;
        let none = Value::Object(Map::new());
        let args = filled(step.get("args").unwrap_or(&none), &self.variables)?;
        let within = Duration::from_secs(step["within_seconds"].as_u64().unwrap_or(0));
        let end = Instant::now() + within;
        loop {
            let outcome = self.outcome(name, &args).await?;
            let Some(wrong) = self.judge(step, &outcome)? else {
                let result = outcome.unwrap_or_default();
                for (variable, path) in step["save"].as_object().unwrap_or(&Map::new()) {
                    self.variables[variable] = at(&result, path.as_str().unwrap_or_default())?;
                }
                return Ok(());
            };
            if Instant::now() >= end {
                return Err(format!("{name} {}: {wrong}", step["args"]));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The result, or the error in the scenario's form. What is neither ends the case.
    async fn outcome(&mut self, name: &str, args: &Value) -> Result<Result<Value, Value>, String> {
        if self.beside.knows(name) {
            return self.beside.call(name, args).map(Ok);
        }
        let client = self.client.as_ref().ok_or("no client")?;
        match library::call(client, name, args).await {
            Ok(result) => Ok(Ok(result)),
            Err(error) => {
                self.must_hide(&format!("{error} {error:?} {error:#?}"), args)?;
                Ok(Err(library::described(&error)))
            }
        }
    }

    fn judge(
        &self,
        step: &Value,
        outcome: &Result<Value, Value>,
    ) -> Result<Option<String>, String> {
        match (step.get("expect_error"), outcome) {
            (Some(_), Ok(result)) => Ok(Some(format!("gave {result} instead of an error"))),
            (Some(expected), Err(error)) => {
                Ok(difference(&filled(expected, &self.variables)?, error))
            }
            (None, Err(error)) => Ok(Some(format!("failed: {error}"))),
            (None, Ok(result)) => match step.get("expect") {
                None => Ok(None),
                Some(expected) => Ok(difference(&filled(expected, &self.variables)?, result)),
            },
        }
    }

    fn must_hide(&self, shown: &str, args: &Value) -> Result<(), String> {
        let secrets = SECRETS.iter().filter_map(|name| args.get(name)?.as_str());
        for secret in secrets.chain([self.password.as_str()]) {
            if secret.chars().count() >= SECRET_CHARS_MIN && shown.contains(secret) {
                return Err(format!("a secret can be read in: {shown}"));
            }
        }
        Ok(())
    }
}
