//! What cannot be set up is said before anything is sent.

use ringproof_delivery::provider::aws::{Aws, AwsError, AwsOptions};
use ringproof_delivery::provider::base_url::BaseUrl;

use super::options;

fn refused(change: impl FnOnce(&mut AwsOptions)) -> AwsError {
    let mut options = options();
    change(&mut options);
    Aws::new(options).err().expect("wrong options")
}

#[test]
fn wrong_options_are_named() {
    for region in
        ["", "eu", "eu-west-1.evil.example", "EU-WEST-1", "eu-west-1/", "eu--1", "a b-c-1"]
    {
        let error = refused(|options| region.clone_into(&mut options.region));
        assert_eq!(error, AwsError::Region(region.to_owned()));
    }
    for id in ["", "AKID/x", "a\nb"] {
        assert_eq!(
            refused(|options| id.clone_into(&mut options.access_key_id)),
            AwsError::AccessKeyId
        );
    }
    for secret in ["", "a b", "a\n", "é"] {
        let error = refused(|options| options.secret_access_key = secret.into());
        assert_eq!(error, AwsError::SecretAccessKey);
    }
    for topic in [
        "",
        "receipts",
        "arn:aws:sqs:eu-west-1:123456789012:receipts",
        "arn:aws:sns:evil.example/:123456789012:receipts",
        "arn:aws:sns:eu-west-1:12345678901:receipts",
        "arn:aws:sns:eu-west-1:123456789012:",
        "arn:aws:sns:eu-west-1:123456789012:receipts:subscription",
        "arn:aws:sns:eu-west-1:123456789012:a b",
    ] {
        let error = refused(|options| options.topic_arn = Some(topic.to_owned()));
        assert_eq!(error, AwsError::Topic(topic.to_owned()));
    }
    for price in ["", "free", "0,5", "-1", "100", "0.", ".5"] {
        let error = refused(|options| options.max_price = Some(price.to_owned()));
        assert_eq!(error, AwsError::MaxPrice(price.to_owned()));
    }
    let error = refused(|options| options.configuration_set = Some("a b".to_owned()));
    assert_eq!(error, AwsError::Name("name of the configuration set"));
    let parameter = ("in".to_owned(), "1".to_owned());
    let error = refused(|options| options.country_parameters = vec![parameter]);
    assert_eq!(error, AwsError::CountryParameter("in".to_owned()));
    let url = BaseUrl::parse("https://proxy.example/aws", false).unwrap();
    assert_eq!(refused(|options| options.base_url = Some(url)), AwsError::Path);
}

#[test]
fn no_error_shows_the_secret() {
    let secret = "wJalrXUtnFEMI K7MDENG";
    let error = refused(|options| options.secret_access_key = secret.into());
    assert!(!format!("{error} {error:?}").contains("wJalr"));
}
