//! Signature Version 4 of requests to AWS (`delivery.md` 7.5).
//!
//! A chain of HMACs over the secret makes a key for one day, region and
//! service; it signs a digest of the request in a fixed spelling.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use verify::Timestamp;
use verify::hex;
use zeroize::Zeroizing;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Who signs, and for which service.
pub struct Scope<'a> {
    /// Names the secret.
    pub access_key_id: &'a str,
    /// The secret.
    pub secret_access_key: &'a str,
    /// Region of the service.
    pub region: &'a str,
    /// Short name of the service.
    pub service: &'a str,
}

/// A request as it is signed: to the path `/`, without a query.
pub struct Signed<'a> {
    /// Names in lower case, in their order, and values without spaces around.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// The time as the header `x-amz-date` has it.
pub fn date(now: Timestamp) -> String {
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The value of the header `Authorization` for a POST with the header
/// `x-amz-date: {date}`.
pub fn authorization(scope: &Scope<'_>, request: &Signed<'_>, date: &str) -> String {
    let names: Vec<&str> = request.headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let day = date.get(..8).unwrap_or(date);
    let place = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let digest = hex::encode(&Sha256::digest(canonical(request, &names)));
    let to_sign = format!("{ALGORITHM}\n{date}\n{place}\n{digest}");

    let secret = Zeroizing::new(format!("AWS4{}", scope.secret_access_key));
    let mut key = mac(secret.as_bytes(), day);
    for part in [scope.region, scope.service, "aws4_request"] {
        key = mac(&*key, part);
    }
    let signature = hex::encode(&*mac(&*key, &to_sign));
    let credential = format!("{}/{place}", scope.access_key_id);
    format!("{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}")
}

/// The request in the one spelling that both sides know.
fn canonical(request: &Signed<'_>, names: &str) -> String {
    let lines = request.headers.iter().flat_map(|(name, value)| [*name, ":", *value, "\n"]);
    let headers: String = lines.collect();
    let digest = hex::encode(&Sha256::digest(request.body));
    format!("POST\n/\n\n{headers}\n{names}\n{digest}")
}

fn mac(key: &[u8], text: &str) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
    mac.update(text.as_bytes());
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: Scope<'_> = Scope {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        region: "eu-west-1",
        service: "sns",
    };

    #[test]
    fn the_vector_of_the_contract_is_signed() {
        let date = date("2026-11-22T12:00:00Z".parse().unwrap());
        assert_eq!(date, "20261122T120000Z");
        let headers = [
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("host", "sns.eu-west-1.amazonaws.com"),
            ("x-amz-date", &*date),
        ];
        let body = "Action=Publish&Version=2010-03-31&PhoneNumber=%2B37255512345\
            &Message=Your%20code%20is%20123456\
            &MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType\
            &MessageAttributes.entry.1.Value.DataType=String\
            &MessageAttributes.entry.1.Value.StringValue=Transactional";
        let request = Signed { headers: &headers, body: body.as_bytes() };
        assert_eq!(
            authorization(&SCOPE, &request, &date),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/eu-west-1/sns/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=e15ed504bd9939423ef44ca6b9728aeef0a4315460a515ab3c60fb9f8d74e8c0"
        );
    }

    #[test]
    fn every_part_of_the_request_counts() {
        let sign = |host: &str, body: &str, date: &str, secret: &str| {
            let headers = [("host", host), ("x-amz-date", date)];
            let scope = Scope { secret_access_key: secret, ..SCOPE };
            authorization(&scope, &Signed { headers: &headers, body: body.as_bytes() }, date)
        };
        let first = sign("a", "b", "20261122T120000Z", "c");
        assert_ne!(first, sign("x", "b", "20261122T120000Z", "c"));
        assert_ne!(first, sign("a", "x", "20261122T120000Z", "c"));
        assert_ne!(first, sign("a", "b", "20261122T120001Z", "c"));
        assert_ne!(first, sign("a", "b", "20261122T120000Z", "x"));
    }
}
