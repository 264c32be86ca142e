//! An example as a line for the shell. `URL`, `ACCOUNT`, `PASSWORD`, `TOKEN` and
//! `SECRET` are variables of the shell, so that a line can be pasted as it stands.

use std::fmt::Write as _;

use http::Method;

use super::model::{Login, Sent, SentBody, SentLogin};

/// Where the line is broken.
const BREAK: &str = " \\\n  ";

/// The line; `None` for a call that a device signs.
pub fn line(method: &Method, login: Login, sent: &Sent) -> Option<String> {
    (sent.login != SentLogin::Signed).then(|| written(method, login, sent))
}

fn written(method: &Method, login: Login, sent: &Sent) -> String {
    let mut line = String::new();
    if let SentBody::Blanks(bytes) = sent.body {
        let _ = write!(line, "head -c {bytes} /dev/zero | tr '\\0' ' ' | ");
    }
    let fields = query(sent);
    let is_signed = login == Login::Site;
    if is_signed {
        sign(&mut line, &fields, sent.login);
    }
    line.push_str("curl -s");
    let is_form_query = login == Login::Parameters && *method == Method::GET;
    let is_signed_form = is_signed && *method == Method::POST;
    let has_body = sent.body != SentBody::None
        || (login == Login::Parameters && !is_form_query)
        || is_signed_form;
    let implied = if has_body { Method::POST } else { Method::GET };
    if *method != implied && !is_form_query {
        let _ = write!(line, " -X {method}");
    }
    let behind = match (is_signed, fields.as_str()) {
        (true, _) if is_signed_form => String::new(),
        (true, _) => format!("?{}", signed(sent.login)),
        (false, "") => String::new(),
        (false, fields) => format!("?{fields}"),
    };
    let _ = write!(line, " \"$URL{}{behind}\"", sent.path);
    if is_signed_form {
        let _ = write!(line, "{BREAK}-d \"{}\"", signed(sent.login));
    }
    credentials(&mut line, login, sent.login);
    for field in &sent.headers {
        let _ = write!(line, "{BREAK}-H '{field}'");
    }
    if is_form_query {
        let _ = write!(line, "{BREAK}-G");
    }
    body(&mut line, &sent.body);
    line
}

fn query(sent: &Sent) -> String {
    let pairs: Vec<String> =
        sent.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// What a site signs, and how (`verification-widget.md`, version 2).
fn sign(line: &mut String, fields: &str, how: SentLogin) {
    // In double quotes the shell takes a broken line for one.
    let _ = writeln!(line, "FIELDS=\"{}\"", fields.replace('&', "\\\n&"));
    if how != SentLogin::Wrong {
        let _ = writeln!(
            line,
            "SIG=$(printf 'request\\n%s' \"$FIELDS\" | openssl dgst -sha256 -hmac \"$SECRET\" -r)"
        );
    }
}

/// Those fields with the signature.
const fn signed(how: SentLogin) -> &'static str {
    match how {
        SentLogin::Wrong => "$FIELDS&sig=wrong",
        SentLogin::Right | SentLogin::Signed => "$FIELDS&sig=${SIG%% *}",
    }
}

fn credentials(line: &mut String, login: Login, how: SentLogin) {
    let is_right = how != SentLogin::Wrong;
    let password = if is_right { "$PASSWORD" } else { "wrong" };
    let token = if is_right { "$TOKEN" } else { "wrong" };
    let _ = match login {
        Login::Account => write!(line, "{BREAK}-H \"X-Service-Auth: $ACCOUNT:{password}\""),
        Login::Parameters => {
            write!(line, "{BREAK}-d username=\"$ACCOUNT\" -d password=\"{password}\"")
        }
        Login::Gateway => write!(line, "{BREAK}-H \"Authorization: Bearer {token}\""),
        Login::Nobody | Login::Device | Login::Site | Login::Browser => Ok(()),
    };
}

fn body(line: &mut String, body: &SentBody) {
    let _ = match body {
        SentBody::None => Ok(()),
        SentBody::Json(value) => write!(line, "{BREAK}-d '{value}'"),
        SentBody::Raw(text) => write!(line, "{BREAK}-d '{text}'"),
        SentBody::Blanks(_) => write!(line, "{BREAK}--data-binary @-"),
        SentBody::Form(fields) => fields
            .iter()
            .try_for_each(|(name, value)| write!(line, "{BREAK}--data-urlencode '{name}={value}'")),
    };
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_says_what_curl_would_not_do_by_itself() {
        let sent = Sent::to("/a");
        assert_eq!(written(&Method::GET, Login::Nobody, &sent), r#"curl -s "$URL/a""#);
        assert_eq!(written(&Method::DELETE, Login::Nobody, &sent), r#"curl -s -X DELETE "$URL/a""#);
        assert_eq!(written(&Method::POST, Login::Nobody, &sent), r#"curl -s -X POST "$URL/a""#);
        let with_body = sent.clone().json(json!({ "a": 1 }));
        let posted = written(&Method::POST, Login::Account, &with_body);
        let expected = "curl -s \"$URL/a\" \\\n  -H \"X-Service-Auth: $ACCOUNT:$PASSWORD\" \\\n  \
                        -d '{\"a\":1}'";
        assert_eq!(posted, expected);
        let wrong = written(&Method::PUT, Login::Gateway, &with_body.wrong_login());
        assert!(wrong.starts_with("curl -s -X PUT ") && wrong.contains("Bearer wrong"), "{wrong}");
    }

    #[test]
    fn parameters_go_where_the_method_has_them() {
        let sent = Sent::to("/a").form(&[("to", "+1 2")]);
        let posted = written(&Method::POST, Login::Parameters, &sent);
        assert!(
            posted.ends_with("--data-urlencode 'to=+1 2'") && !posted.contains("-X"),
            "{posted}"
        );
        assert!(written(&Method::GET, Login::Parameters, &sent).contains(" -G"));
    }

    #[test]
    fn a_site_signs_its_fields_wherever_they_go() {
        let sent = Sent::to("/a").query("b", "1").query("c", "$ACCOUNT");
        let asked = written(&Method::GET, Login::Site, &sent);
        let expected = "FIELDS=\"b=1\\\n&c=$ACCOUNT\"\nSIG=$(printf 'request\\n%s' \"$FIELDS\" | openssl dgst \
                        -sha256 -hmac \"$SECRET\" -r)\ncurl -s \"$URL/a?$FIELDS&sig=${SIG%% *}\"";
        assert_eq!(asked, expected);
        let posted = written(&Method::POST, Login::Site, &sent);
        assert!(
            posted.ends_with("curl -s \"$URL/a\" \\\n  -d \"$FIELDS&sig=${SIG%% *}\""),
            "{posted}"
        );
        let wrong = written(&Method::GET, Login::Site, &sent.wrong_login());
        assert!(!wrong.contains("openssl") && wrong.contains("&sig=wrong\""), "{wrong}");
    }
}
