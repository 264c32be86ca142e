//! A message as an SMSC took it.

use serde_json::Value;

/// One `submit_sm`, decoded by the peer.
#[derive(Clone, Debug)]
pub struct Submit {
    /// Id that it was given; `None` if it was refused, or accepted without one.
    pub id: Option<String>,
    /// Status that it was answered with.
    pub status: u32,
    /// Number of the connection, from 1.
    pub session: u64,
    /// Sender, with kind and plan of its address.
    pub source: (String, u8, u8),
    /// Receiver, with kind and plan of its address.
    pub destination: (String, u8, u8),
    /// What kind of message it is.
    pub esm_class: u8,
    /// How the text is written.
    pub data_coding: u8,
    /// Which receipts are wanted.
    pub registered_delivery: u8,
    /// Validity as on the wire; `None` where the peer does not see it.
    pub validity: Option<String>,
    /// User data header with its length, in hexadecimal.
    pub udh: Option<String>,
    /// Reference, parts and number of the parameters `sar_…`.
    pub sar: Option<[u64; 3]>,
    /// Text without its header, decoded by its `data_coding`.
    pub text: String,
}

impl Submit {
    #[track_caller]
    pub(super) fn read(event: &Value) -> Self {
        let text = |name: &str| event[name].as_str().map(str::to_owned);
        let octet = |name: &str| {
            let octet = event[name].as_u64().and_then(|value| u8::try_from(value).ok());
            octet.unwrap_or_else(|| panic!("no octet `{name}` in {event}"))
        };
        let address = |name: &str| {
            let digits = text(name).unwrap_or_else(|| panic!("no text `{name}` in {event}"));
            (digits, octet(&format!("{name}_ton")), octet(&format!("{name}_npi")))
        };
        let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("in {event}"));
        Self {
            id: text("id"),
            status: u32::try_from(number(&event["status"])).expect("a status has 32 bits"),
            session: number(&event["session"]),
            source: address("source"),
            destination: address("destination"),
            esm_class: octet("esm_class"),
            data_coding: octet("data_coding"),
            registered_delivery: octet("registered_delivery"),
            validity: text("validity"),
            udh: text("udh"),
            sar: (!event["sar"].is_null()).then(|| [0, 1, 2].map(|at| number(&event["sar"][at]))),
            text: text("text").unwrap_or_else(|| panic!("no text in {event}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_is_read_with_what_it_has() {
        let submit = Submit::read(&json!({
            "event": "submit", "session": 1, "status": 0, "id": "7",
            "source": "MyBrand", "source_ton": 5, "source_npi": 0,
            "destination": "37255512345", "destination_ton": 1, "destination_npi": 1,
            "esm_class": 64, "data_coding": 0, "registered_delivery": 1, "validity": null,
            "udh": "050003070201", "sar": [7, 2, 1], "text": "hello",
        }));
        assert_eq!(submit.source, ("MyBrand".to_owned(), 5, 0));
        assert_eq!((submit.udh.as_deref(), submit.validity), (Some("050003070201"), None));
        assert_eq!(submit.sar, Some([7, 2, 1]));
    }
}
