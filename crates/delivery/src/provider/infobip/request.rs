//! The request that hands a message over.

use http::{Request, header};
use serde::Serialize;
use verify::engine::outbox::Refusal;

use super::{IndiaDlt, Infobip};
use crate::gateway::SendResult;
use crate::limits::INFOBIP_VALIDITY_MINUTES_MAX;
use crate::provider::{Outgoing, wire};

#[derive(Serialize)]
struct Body<'a> {
    messages: [Message<'a>; 1],
}

#[derive(Serialize)]
struct Message<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    sender: &'a str,
    destinations: [Destination<'a>; 1],
    content: Content<'a>,
    options: Options<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhooks: Option<Webhooks<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Destination<'a> {
    to: &'a str,
    message_id: String,
}

#[derive(Serialize)]
struct Content<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Options<'a> {
    validity_period: ValidityPeriod,
    #[serde(skip_serializing_if = "Option::is_none")]
    regional: Option<Regional<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ValidityPeriod {
    amount: u64,
    time_unit: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Regional<'a> {
    india_dlt: India<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct India<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    content_template_id: Option<&'a str>,
    principal_entity_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Webhooks<'a> {
    delivery: DeliveryWebhook<'a>,
    content_type: &'static str,
    callback_data: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryWebhook<'a> {
    url: &'a str,
    intermediate_report: bool,
    notify: bool,
}

pub(super) fn request(
    infobip: &Infobip,
    message: &Outgoing<'_>,
) -> Result<Request<Vec<u8>>, SendResult> {
    wire::plain_text_only(message.form)?;
    let to = message.to.as_e164();
    let india = infobip.india.as_ref().filter(|_| to.starts_with("+91"));
    // Whole minutes that are over before the message is worthless.
    let minutes = message.valid_for.as_secs() / 60;
    let webhooks = message.callback_url.map(|url| Webhooks {
        delivery: DeliveryWebhook { url, intermediate_report: false, notify: true },
        content_type: "application/json",
        callback_data: message.tag,
    });
    let message = Message {
        sender: message.sender,
        destinations: [Destination {
            to: to.trim_start_matches('+'),
            message_id: message.id.to_string(),
        }],
        content: Content { text: message.text },
        options: Options {
            validity_period: ValidityPeriod {
                amount: minutes.clamp(1, INFOBIP_VALIDITY_MINUTES_MAX),
                time_unit: "MINUTES",
            },
            regional: india.map(|india| Regional { india_dlt: India::new(india) }),
        },
        webhooks,
    };
    let unmade = || SendResult::Refused(Refusal::GatewayDown, "no request can be made".into());
    let body = serde_json::to_vec(&Body { messages: [message] }).map_err(|_| unmade())?;
    Request::post(infobip.uri.clone())
        .header(header::CONTENT_TYPE, wire::JSON)
        .header(header::AUTHORIZATION, infobip.authorization.clone())
        .body(body)
        .map_err(|_| unmade())
}

impl<'a> India<'a> {
    fn new(dlt: &'a IndiaDlt) -> Self {
        Self {
            content_template_id: dlt.content_template_id.as_deref(),
            principal_entity_id: &dlt.principal_entity_id,
        }
    }
}
