//! AWS End User Messaging (`delivery.md` 7.5).

mod answers;
pub(crate) mod envelope;
mod events;
mod options;
mod requests;
mod sns;

use ringproof_delivery::provider::aws::{Aws, AwsOptions};

/// The table as shipped.
const TABLE: &str = include_str!("../../../../src/provider/tables/aws.toml");

/// The topic whose events are believed.
pub(crate) const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:receipts";

/// Options with nothing but what must be given.
fn options() -> AwsOptions {
    AwsOptions {
        region: "eu-west-1".to_owned(),
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        origination_identity: None,
        configuration_set: None,
        topic_arn: Some(TOPIC.to_owned()),
        max_price: None,
        protect_configuration: None,
        country_parameters: Vec::new(),
        feedback: false,
        base_url: None,
        code_rows: None,
    }
}

fn aws() -> Aws {
    Aws::new(options()).expect("right options")
}
