//! A gateway without an adapter of its own, described by its operator.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use delivery::provider::Provider;
use delivery::provider::generic::Generic;
use delivery::provider::generic::options::GenericOptions;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::{Table, Value};

use super::http::{CallKeys, Material, Mistake, ProviderConfig, SecretKey, read_file};
use crate::config::formats::optional_path;
use crate::config::secret::Secret;

/// Longest value of a variable.
const VALUE_CHARS_MAX: usize = 4_096;

/// Sends to any other provider over HTTP, as a description says.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenericGateway {
    /// Name in logs, metrics and the address for receipts: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// TOML file that says what is sent and what answers and receipts mean. `docs/gateways` has five to begin with.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub description_file: Option<PathBuf>,
    /// Files with values of `{{var.NAME}}` in the description, each "NAME=FILE"; they go before its own `[vars]`.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub var_files: Vec<String>,
    /// Such values as lines NAME = "value"; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__VARS"))]
    pub vars: Option<Secret>,
    /// How it is called.
    #[serde(flatten)]
    pub calls: CallKeys,
}

impl ProviderConfig for GenericGateway {
    fn name(&self) -> &str {
        &self.name
    }

    fn calls(&self) -> &CallKeys {
        &self.calls
    }

    fn codes_file(&self) -> Option<&Path> {
        None
    }

    /// Its secrets have names of the operator, so they are read with the
    /// description.
    fn secrets(&self) -> Vec<SecretKey<'_>> {
        Vec::new()
    }

    fn provider(&self, _: &Material) -> Result<Arc<dyn Provider>, Mistake> {
        let description = |message: String| Mistake::new("description_file", message);
        let path = self.path()?;
        let file = read_file(path).map_err(description)?;
        let in_file = |problem: &str| description(format!("{}: {problem}", path.display()));
        let mut table = parse(&file).map_err(|problem| in_file(&problem))?;
        let vars = table.entry("vars").or_insert_with(|| Value::Table(Table::new()));
        let Value::Table(vars) = vars else { return Err(in_file("vars must be a table")) };
        for (name, value) in self.values()? {
            vars.insert(name, Value::from(value));
        }
        let vars = vars.clone();
        if let Some(auth) = table.get_mut("callback").and_then(|callback| callback.get_mut("auth"))
        {
            fill(auth, &vars).map_err(|problem| in_file(&problem))?;
        }
        // The message alone: the parser's own display would repeat the line, whatever it holds.
        let options: GenericOptions =
            table.try_into().map_err(|error: toml::de::Error| in_file(error.message()))?;
        let generic = Generic::new(&options, self.calls.allow_plain_http);
        Ok(Arc::new(generic.map_err(|error| in_file(&error.to_string()))?))
    }

    fn sample(&self) -> Result<Option<Arc<dyn Provider>>, Mistake> {
        self.path()?;
        self.var_files.iter().try_for_each(|text| Self::var_file(text).map(drop))?;
        self.given_values().map(|_| None)
    }

    fn has_files(&self) -> bool {
        true
    }
}

impl GenericGateway {
    fn path(&self) -> Result<&Path, Mistake> {
        self.description_file.as_deref().ok_or_else(|| {
            let message = "is missing; name a description, such as a copy of one in docs/gateways";
            Mistake::new("description_file", message)
        })
    }

    fn var_file(text: &str) -> Result<(&str, &Path), Mistake> {
        let pair = text.split_once('=').map(|(name, file)| (name.trim(), file.trim()));
        let pair = pair.filter(|(name, file)| !name.is_empty() && !file.is_empty());
        let pair = pair.map(|(name, file)| (name, Path::new(file)));
        let message = format!("has {text:?}; write it like \"key=/run/secrets/key\"");
        pair.ok_or_else(|| Mistake::new("var_files", message))
    }

    fn given_values(&self) -> Result<Vec<(String, String)>, Mistake> {
        let Some(vars) = &self.vars else { return Ok(Vec::new()) };
        let wrong = || Mistake::new("vars", "must be lines like key = \"value\"");
        let table: Table = vars.expose().parse().map_err(|_| wrong())?;
        let text = |(name, value): (String, Value)| {
            value.as_str().map(|value| (name, value.to_owned())).ok_or_else(wrong)
        };
        table.into_iter().map(text).collect()
    }

    /// The values that are given outside the description.
    fn values(&self) -> Result<Vec<(String, String)>, Mistake> {
        let mut values = Vec::new();
        for text in &self.var_files {
            let (name, path) = Self::var_file(text)?;
            let file = read_file(path).map_err(|message| Mistake::new("var_files", message))?;
            let value = file.trim_end();
            if value.is_empty()
                || value.chars().count() > VALUE_CHARS_MAX
                || value.chars().any(char::is_control)
            {
                let message =
                    format!("{}: must hold one line, the value of {name}", path.display());
                return Err(Mistake::new("var_files", message));
            }
            values.push((name.to_owned(), value.to_owned()));
        }
        values.extend(self.given_values()?);
        Ok(values)
    }
}

fn parse(text: &str) -> Result<Table, String> {
    text.parse::<Table>().map_err(|error| {
        let start = error.span().unwrap_or_default().start;
        let line = 1 + text.get(..start).unwrap_or_default().matches('\n').count();
        format!("line {line} is not TOML: {}", error.message().replace('\n', "; "))
    })
}

/// How calls are proved: a text that is only `{{var.NAME}}` is that value.
fn fill(auth: &mut Value, vars: &Table) -> Result<(), String> {
    match auth {
        Value::Table(table) => table.iter_mut().try_for_each(|(_, value)| fill(value, vars)),
        Value::String(text) => {
            let name = text.strip_prefix("{{var.").and_then(|rest| rest.strip_suffix("}}"));
            let Some(name) = name else { return Ok(()) };
            let value = vars.get(name.trim()).and_then(Value::as_str);
            *text = value
                .ok_or_else(|| {
                    format!("callback.auth names {{{{var.{name}}}}}, which is in no vars")
                })?
                .to_owned();
            Ok(())
        }
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_) => Ok(()),
    }
}
