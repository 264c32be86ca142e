use super::*;
use std::net::TcpListener;
use std::thread;

/// Answers each request on one connection with the next of the canned texts.
fn fake(answers: &'static [&'static str]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = listener.local_addr().expect("a bound socket has an address");
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the test connects");
        for answer in answers {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).expect("the test sends");
            stream.write_all(answer.as_bytes()).expect("the test reads");
        }
    });
    address
}

#[test]
fn bodies_by_length_and_by_chunks_are_read_on_one_connection() {
    let address = fake(&[
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nx-a: 2\r\n\r\n{}",
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4;x=y\r\n\":1}\r\n0\r\nT: 1\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
    ]);
    let mut client = Client::new(address);
    let first = client.send(&Request::new("GET", "/")).expect("an answer");
    assert_eq!((first.status, first.text().as_str(), first.header("X-a")), (200, "{}", Some("1")));
    let second = client.send(&Request::new("GET", "/")).expect("an answer");
    assert_eq!((second.status, second.text().as_str()), (201, "{\"a\":1}"));
    assert_eq!(client.send(&Request::new("PUT", "/").body("x")).expect("an answer").status, 202);
}

#[test]
fn an_answer_to_head_has_no_body_and_one_without_length_ends_with_the_connection() {
    let address =
        fake(&["HTTP/1.1 405 No\r\nContent-Length: 5\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nall of it"]);
    let mut client = Client::new(address);
    assert_eq!(client.send(&Request::new("HEAD", "/")).expect("an answer").text(), "");
    assert_eq!(client.send(&Request::new("GET", "/")).expect("an answer").text(), "all of it");
}

#[test]
fn a_connection_that_ends_early_is_an_error_and_not_an_answer() {
    let address = fake(&["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}"]);
    assert!(Client::new(address).send(&Request::new("GET", "/")).is_err());
    let address = fake(&["nonsense\r\n\r\n"]);
    assert!(Client::new(address).send(&Request::new("GET", "/")).is_err());
}

#[test]
fn a_request_goes_out_exactly_as_written() {
    let request =
        Request::new("PUT", "/x").line("x-service-auth:a:b").header("A", "1").header("A", "2");
    let bytes = request.without("host").version("HTTP/1.0").body("{}").to_bytes();
    assert_eq!(
        String::from_utf8(bytes).expect("ASCII"),
        "PUT /x HTTP/1.0\r\nx-service-auth:a:b\r\nA: 1\r\nA: 2\r\nContent-Length: 2\r\n\r\n{}"
    );
}
