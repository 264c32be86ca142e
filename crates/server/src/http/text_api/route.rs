//! Paths and methods of the plain-text interfaces (`number-verification-api.md`
//! 1, `sms-api.md` 1).

use http::Method;

/// The methods of every call, as `Allow` lists them.
pub const METHODS: &str = "GET, POST";

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// `/verify/start`: makes a PIN and sends it.
    VerifyStart,
    /// `/verify/pin`: checks the PIN that a person entered.
    VerifyPin,
    /// `/send_sms` (S1).
    SendSms,
    /// `/get_dlr_response` (S2): what became of a message.
    DeliveryState,
    /// `/cancel_sms` (S3).
    CancelSms,
    /// `/get_balance` (S4).
    Balance,
    /// `/prices` (S5): of one country.
    Prices,
    /// `/pricelist` (S6): of all countries.
    PriceList,
}

impl Call {
    /// The paths, without the slash in front and without `v1`.
    pub const PATHS: [(&str, Self); 8] = [
        ("verify/start", Self::VerifyStart),
        ("verify/pin", Self::VerifyPin),
        ("send_sms", Self::SendSms),
        ("get_dlr_response", Self::DeliveryState),
        ("cancel_sms", Self::CancelSms),
        ("get_balance", Self::Balance),
        ("prices", Self::Prices),
        ("pricelist", Self::PriceList),
    ];

    /// Reads a path. Each call is also there below `/v1`; runs of slashes count
    /// as one and a slash at the end does not matter. Names are compared as
    /// they are written: no letter case, no percent-encoding.
    pub fn parse(path: &str) -> Option<Self> {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty()).peekable();
        segments.next_if_eq(&"v1");
        let is_named = |(name, _): &&(&str, Self)| name.split('/').eq(segments.clone());
        let (_, call) = Self::PATHS.iter().find(is_named)?;
        path.starts_with('/').then_some(*call)
    }

    /// The interface that it belongs to, as a label.
    pub fn dialect(self) -> &'static str {
        match self {
            Self::VerifyStart | Self::VerifyPin => "number",
            Self::SendSms
            | Self::DeliveryState
            | Self::CancelSms
            | Self::Balance
            | Self::Prices
            | Self::PriceList => "sms",
        }
    }

    /// Whether the call takes this method; all take the same.
    pub fn takes(self, method: &Method) -> bool {
        matches!(*method, Method::GET | Method::POST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLS: [(&str, Call); 8] = [
        ("verify/start", Call::VerifyStart),
        ("verify/pin", Call::VerifyPin),
        ("send_sms", Call::SendSms),
        ("get_dlr_response", Call::DeliveryState),
        ("cancel_sms", Call::CancelSms),
        ("get_balance", Call::Balance),
        ("prices", Call::Prices),
        ("pricelist", Call::PriceList),
    ];

    #[test]
    fn every_call_has_its_four_paths_and_tolerates_slashes() {
        for (name, call) in CALLS {
            let doubled = name.replace('/', "//");
            for path in [
                format!("/{name}"),
                format!("/{name}/"),
                format!("/v1/{name}"),
                format!("/v1/{name}/"),
                format!("//v1//{doubled}//"),
            ] {
                assert_eq!(Call::parse(&path), Some(call), "{path}");
            }
        }
    }

    #[test]
    fn anything_else_is_no_route() {
        for (name, _) in CALLS {
            for path in [
                format!("/{name}/x"),
                format!("/v2/{name}"),
                format!("/v1/v1/{name}"),
                format!("/{name}x"),
                format!("/{}", name.to_uppercase()),
                format!("/api/{name}"),
                name.to_owned(),
            ] {
                assert_eq!(Call::parse(&path), None, "{path}");
            }
        }
        for path in ["", "/", "/v1", "/v1/", "*", "/verify", "/verify/", "/v1/verify/stop"] {
            assert_eq!(Call::parse(path), None, "{path}");
        }
        assert_eq!(Call::parse("/send%5Fsms"), None);
        assert_eq!(Call::parse("/verify%2Fstart"), None);
    }

    #[test]
    fn get_and_post_are_taken_and_listed() {
        let methods = [
            Method::GET,
            Method::POST,
            Method::HEAD,
            Method::PUT,
            Method::DELETE,
            Method::OPTIONS,
            Method::PATCH,
        ];
        for (_, call) in CALLS {
            for method in &methods {
                let is_listed = METHODS.split(", ").any(|listed| listed == method.as_str());
                assert_eq!(call.takes(method), is_listed, "{call:?} {method}");
            }
        }
    }
}
