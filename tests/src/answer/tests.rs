use super::*;

fn response(status: u16, body: &str) -> Response {
    let headers =
        [("content-type", "application/json; charset=utf-8"), ("cache-control", "no-store")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Response { version: "HTTP/1.1".to_owned(), status, headers, body: body.as_bytes().to_vec() }
}

fn breaches_of(method: &str, response: &Response) -> String {
    breaches(&Request::new(method, "/"), response).join("; ")
}

#[test]
fn good_answers_pass() {
    assert_eq!(breaches_of("GET", &response(200, r#"{"id":"x"}"#)), "");
    assert_eq!(
        breaches_of("GET", &response(404, r#"{"message":"no such user","code":"user_not_found"}"#)),
        ""
    );
    assert_eq!(
        breaches_of(
            "POST",
            &response(422, r#"{"message":"m","code":"invalid_field","field":"name"}"#)
        ),
        ""
    );
    assert_eq!(breaches_of("PUT", &response(200, r#"{"verified":false}"#)), "");
}

#[test]
fn every_breach_is_noticed() {
    let breached = |method: &str, status: u16, body: &str, part: &str| {
        let found = breaches_of(method, &response(status, body));
        assert!(found.contains(part), "{body}: {found:?} should contain {part:?}");
    };
    breached("GET", 200, "[]", "not a JSON object");
    breached("GET", 202, "", "not a JSON object");
    breached("GET", 301, "{}", "redirects");
    breached("GET", 200, r#"{"name":"ö"}"#, "ASCII");
    breached("GET", 200, r#"{"phone_number":"+372"}"#, "phone number");
    breached("PUT", 200, "{}", "`verified` is missing");
    breached("PUT", 200, r#"{"verified":"true"}"#, "not a boolean");
    breached("GET", 404, r#"{"message":7,"code":"user_not_found"}"#, "no text `message`");
    breached("GET", 404, r#"{"message":"m","code":"gone"}"#, "not documented");
    breached("GET", 404, r#"{"message":"m","code":"invalid_body"}"#, "go together");
    breached("GET", 422, r#"{"message":"m","code":"invalid_field"}"#, "`field`");
    breached("GET", 401, r#"{"message":"m","code":"auth_required"}"#, "WWW-Authenticate");
    breached("GET", 405, r#"{"message":"m","code":"method_not_allowed"}"#, "Allow");
    let named = r#"{"message":"user 0b6e6f0e-5d3a-4c0e-9a53-1f4f1c6f2d11 is gone","code":"user_not_found"}"#;
    breached("GET", 404, named, "names an id");
    let mut plain = response(200, "{}");
    plain.headers.clear();
    assert!(
        breaches_of("GET", &plain).contains("Cache-Control")
            && breaches_of("GET", &plain).contains("Content-Type")
    );
}

#[test]
#[should_panic(expected = "should look the same")]
fn different_answers_are_told_apart() {
    let request = Request::new("GET", "/");
    let one =
        Answer::checked(&request, response(404, r#"{"message":"a","code":"user_not_found"}"#));
    one.same_as(&Answer::checked(
        &request,
        response(404, r#"{"message":"b","code":"user_not_found"}"#),
    ));
}
