//! The plain-text interfaces in the search for leaks: credentials travel in
//! query strings there, and texts, numbers and PINs with them.

use crate::flow::Integrator;
use crate::{CHOSEN, Scene, TYPED, WRONG};

/// A number to which persons write.
pub(crate) const INBOUND: &str = "[[inbound]]\nnumber = \"1234\"\naccount = \"leaks-api\"\n\
    url = \"http://inbound.example:8080/in?key=Canary-inbound-url-31aa\"\n";
/// The environment variable of its secret.
pub(crate) const SECRET_VARIABLE: &str = "RINGPROOF_INBOUND__1234__SECRET";
/// Its secret.
pub(crate) const INBOUND_SECRET: &str = "Canary-inbound-secret-90cd17";
/// What a person writes to it.
pub(crate) const INBOUND_TEXT: &str = "Canary-inbound-text-5e12";

const MESSAGE_TEXT: &str = "Canary-message-text-41f0";
const SCHEDULED_TEXT: &str = "Canary-scheduled-text-8bb2";
const HASHED_TEXT: &str = "Canary-hashed-text-7c03";
const COOKIE: &str = "Canary-cookie-00d1f2a3b4c5d6e7f8091a2b";
const BROWSER: &str = "Canary-browser/5.0";
const ADDRESS: &str = "203.0.113.197";
const TEMPLATE_WORD: &str = "Canary-template-66e9";
const REPORT_KEY: &str = "Canary-report-url-key-12b7";

/// What may stand nowhere, neither in what is told nor in the database.
pub(crate) const FORBIDDEN_EVERYWHERE: [&str; 8] = [
    INBOUND_SECRET,
    INBOUND_TEXT,
    MESSAGE_TEXT,
    SCHEDULED_TEXT,
    HASHED_TEXT,
    COOKIE,
    BROWSER,
    ADDRESS,
];
/// What the server has to keep to do its work, and tells nobody.
pub(crate) const KEPT_AND_NEVER_TOLD: [&str; 3] =
    [TEMPLATE_WORD, REPORT_KEY, "Canary-inbound-url-31aa"];

const CONFIRMATIONS: usize = 4;

/// A confirmation of a number.
pub(crate) struct Confirmation {
    id: String,
    pub(crate) number: String,
}

impl Scene {
    /// Starts confirmations of numbers and sends messages, by query and by form.
    pub(crate) fn start_text(&mut self) -> Vec<Confirmation> {
        let url = format!("http://reports.example:8080/x?key={REPORT_KEY}");
        let template = format!("{TEMPLATE_WORD} <PIN>");
        let mut confirmations = Vec::new();
        for n in 0..CONFIRMATIONS {
            let number = format!("+372555077{n:02}");
            let method = if n.is_multiple_of(2) { "GET" } else { "POST" };
            let parameters = [
                ("to", number.as_str()),
                ("template", &template),
                ("cookie", COOKIE),
                ("browser", BROWSER),
                ("ip", ADDRESS),
            ];
            let id = self.integrator.text(method, "/verify/start", &parameters).started();
            confirmations.push(Confirmation { id, number });
        }
        for (n, (text, store)) in
            [(MESSAGE_TEXT, "plaintext"), (HASHED_TEXT, "sha256"), (SCHEDULED_TEXT, "nostore")]
                .into_iter()
                .enumerate()
        {
            let number = format!("+372555088{n:02}");
            let mut parameters = vec![
                ("to", number.as_str()),
                ("text", text),
                ("text-store", store),
                ("dlr-url", &url),
            ];
            if text == SCHEDULED_TEXT {
                parameters.push(("time_to_send", "4000000000"));
                // More than 30 days ahead is refused, whatever the text says.
                self.integrator.text("GET", "/send_sms", &parameters).is("ERROR 102");
                let at = in_a_day();
                parameters.pop();
                parameters.push(("time_to_send", &at));
                self.integrator.text("GET", "/send_sms", &parameters).taken();
            } else {
                self.integrator.text("GET", "/send_sms", &parameters).taken();
            }
            self.secrets.numbers.push(number);
        }
        self.secrets.numbers.extend(confirmations.iter().map(|one| one.number.clone()));
        confirmations
    }

    /// Learns the PINs from the messages.
    pub(crate) fn learn_text_codes(
        &mut self,
        confirmations: &[Confirmation],
        message: impl Fn(&str) -> String,
    ) {
        for Confirmation { id, number } in confirmations {
            let text = message(number);
            let code = text.rsplit(' ').next().expect("the code is the last word").to_owned();
            assert_eq!(code.len(), 10, "the configured length: {text}");
            self.secrets.codes.push((code, vec![id.clone(), number.clone()]));
        }
    }

    /// Goes through every right and wrong use of PINs, texts and credentials.
    pub(crate) fn use_text_codes(&self, confirmations: &[Confirmation]) {
        let codes = &self.secrets.codes[self.secrets.codes.len() - confirmations.len()..];
        for (index, (Confirmation { id, number }, (code, _))) in
            confirmations.iter().zip(codes).enumerate()
        {
            let integrator = &self.integrator;
            let pin = |method: &str, pin: &str| {
                let parameters =
                    [("verification_id", id.as_str()), ("pin", pin), ("cookie", COOKIE)];
                integrator.text(method, "/verify/pin", &parameters)
            };
            pin("GET", TYPED).is("INVALID");
            mishandle(integrator, id, code, number);
            // Some end, some stay open, so that both are searched.
            if index < CONFIRMATIONS / 2 {
                pin("POST", code).is("VERIFIED");
                pin("GET", code).is("EXPIRED");
            }
        }
        let (Confirmation { id, number }, (code, _)) = (&confirmations[0], &codes[0]);
        let more = [
            ("to", number.as_str()),
            ("text", MESSAGE_TEXT),
            ("verification_id", id.as_str()),
            ("pin", code.as_str()),
        ];
        self.integrator.mishandle_text_secret("GET", WRONG, &more);
        self.integrator.mishandle_text_secret("POST", CHOSEN, &more);
        for path in ["/get_balance", "/pricelist"] {
            let _ = self.integrator.text("GET", path, &[]);
        }
        let _ = self.integrator.text("GET", "/prices", &[("country", "EE")]);
    }
}

/// A time a day ahead, in whole seconds.
fn in_a_day() -> String {
    (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24)).as_second().to_string()
}

/// Sends PIN, number and text everywhere they do not belong.
fn mishandle(integrator: &Integrator, id: &str, code: &str, number: &str) {
    let refused = |path: &str, parameters: &[(&str, &str)], line: &str| {
        integrator.text("GET", path, parameters).is(line);
        integrator.text("POST", path, parameters).is(line);
    };
    refused("/verify/pin", &[("verification_id", code), ("pin", code)], "ERROR 110");
    refused("/verify/pin", &[("pin", code)], "ERROR 102");
    refused("/verify/pin", &[("verification_id", id), ("pin", code), ("pin", TYPED)], "ERROR 102");
    refused("/verify/start", &[("to", &format!("{number}x"))], "ERROR 102");
    refused("/verify/start", &[("to", number), ("template", MESSAGE_TEXT)], "ERROR 109");
    refused("/verify/start", &[("to", number), ("pin_length", code)], "ERROR 102");
    refused("/verify/start", &[("to", number), ("from", code)], "ERROR 111");
    refused("/send_sms", &[("to", &format!("{number}x")), ("text", MESSAGE_TEXT)], "ERROR 105");
    let class = [("to", number), ("text", MESSAGE_TEXT), ("mclass", code)];
    refused("/send_sms", &class, "ERROR 102");
    let charset = [("to", number), ("text", MESSAGE_TEXT), ("charset", number)];
    refused("/send_sms", &charset, "ERROR 102");
    let credentials = format!("http://me:{WRONG}@reports.example/");
    let url = [("to", number), ("text", MESSAGE_TEXT), ("dlr-url", credentials.as_str())];
    refused("/send_sms", &url, "ERROR 102");
    refused("/get_dlr_response", &[("sms_unique_id", code)], "ERROR 107");
    refused("/cancel_sms", &[("sms_unique_id", number)], "ERROR 107");
    refused("/prices", &[("country", number)], "ERROR 104");
    refused("/prices", &[("country", "EE"), ("format", MESSAGE_TEXT)], "ERROR 106");
}
