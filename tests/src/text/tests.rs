use super::*;

fn response(body: &str) -> Response {
    let headers = [
        ("Content-Type", HTML),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Length", &body.len().to_string()),
    ];
    Response {
        version: "HTTP/1.1".to_owned(),
        status: 200,
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body: body.as_bytes().to_vec(),
    }
}

#[test]
fn only_documented_lines_keep_the_rules() {
    let request = Request::new("GET", "/verify/pin?password=x");
    for line in
        ["OK 12ab", "VERIFIED", "INVALID", "THROTTLED", "EXPIRED", "ERROR 102", "FAILED 209"]
    {
        assert_eq!(breaches(&request, &response(line)), Vec::<&str>::new(), "{line}");
    }
    for line in ["OK", "OK ", "OK a b", "OK a\n", "VERIFIED\n", "ERROR 12", "ERROR", "Hello", ""] {
        assert_eq!(
            breaches(&request, &response(line)),
            ["the body is no documented line"],
            "{line}"
        );
    }
    assert_eq!(breaches(&request, &response("{}")), Vec::<&str>::new());
}

#[test]
fn the_content_type_must_follow_the_accept_header() {
    let request = Request::new("GET", "/").header("Accept", "text/plain");
    assert_eq!(breaches(&request, &response("VERIFIED")), ["the content type is not as asked"]);
}

#[test]
fn values_are_encoded_whole() {
    assert_eq!(query(&[("to", "+372"), ("text", "a b&õ")]), "to=%2B372&text=a%20b%26%C3%B5");
    let caller = TextCaller::new("127.0.0.1:1".parse().expect("an address"), "a:b:c");
    assert_eq!(caller.with_credentials(&[]), "username=a&password=b%3Ac");
}
