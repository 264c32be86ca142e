//! What the server answers, as data: the description behind `/openapi.json` and
//! `/docs/` (OpenAPI 3.1).
//!
//! Each dialect describes its calls beside its code, out of the tables by which it
//! routes; schemas come from the types that go over the wire. Here is what they are
//! described with, and the way to a document. Nothing here knows HTTP's library.
//!
//! * [`model`]: operations, parameters, answers, examples.
//! * [`schemas`]: schemas of wire types.
//! * [`sample`]: the values that all examples speak of.
//! * [`curl`]: an example as a line for the shell.
//! * [`refusals`]: what any call can be answered before it is looked at.
//! * [`document`]: the description as JSON.

pub mod curl;
pub mod document;
pub mod model;
pub mod refusals;
pub mod sample;
pub mod schemas;

use serde_json::{Map, Value};

use self::model::{Operation, SharedAnswer};
use self::schemas::Schemas;
use crate::http::{app_api, callbacks, ops, text_api, verification, widget};
use crate::pages;

/// What a server shows besides what every server has.
#[derive(Debug, Clone, Copy)]
pub struct Surface {
    /// It was started with `--dev`.
    pub has_dev: bool,
    /// `/metrics` is on the main listener.
    pub has_metrics: bool,
}

/// All that is described.
pub struct Description {
    /// In the order in which they are shown.
    pub operations: Vec<Operation>,
    /// Answers that many operations share.
    pub shared: Vec<SharedAnswer>,
    /// Schemas by name.
    pub schemas: Map<String, Value>,
}

/// Describes every route of the main listener.
pub fn describe(surface: Surface) -> Description {
    let mut schemas = Schemas::new();
    let shared = refusals::shared(&mut schemas);
    let mut operations = verification::describe::operations(&mut schemas);
    operations.extend(text_api::describe::operations());
    operations.extend(widget::describe::operations(&mut schemas));
    operations.extend(pages::widget::describe::operations(&mut schemas));
    operations.extend(app_api::describe::operations(&mut schemas));
    operations.extend(callbacks::describe::operations(&mut schemas));
    operations.extend(ops::describe(&mut schemas, surface.has_metrics));
    operations.extend(pages::describe::operations(&mut schemas));
    if surface.has_dev {
        operations.extend(pages::dev::describe::operations(&mut schemas));
    }
    Description { operations, shared, schemas: schemas.into_map() }
}
