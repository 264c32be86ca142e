//! A minimal HTTP/1.1 client over a blocking socket, plain or with TLS.
//!
//! It exists so that a test decides every byte: order and case of headers,
//! duplicates, HTTP/1.0, broken bodies. It understands what it needs of the
//! answers: status line, headers, bodies by `Content-Length`, chunked, or up
//! to the end of the connection. It never retries and follows nothing; an
//! answer that does not come is an error.

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// How long an answer may take before the test fails.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A request, byte for byte as it will be sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method as sent, for example `GET`.
    pub method: String,
    /// Request target as sent, already percent-encoded where the test wants it.
    pub target: String,
    /// Protocol version text, `HTTP/1.1` unless changed.
    pub version: &'static str,
    /// Header lines without line ends, in the order they go out.
    pub lines: Vec<String>,
    /// Body; `Content-Length` is added when there is one.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// Makes a request with a `Host` header and nothing else.
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            version: "HTTP/1.1",
            lines: vec!["Host: localhost".to_owned()],
            body: None,
        }
    }

    /// Appends the header `name: value`; a name may be given several times.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.line(&format!("{name}: {value}"))
    }

    /// Appends a header line exactly as given, without its line end.
    #[must_use]
    pub fn line(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    /// Removes every header of that name, whatever its case.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.lines
            .retain(|line| !line.split(':').next().is_some_and(|n| n.eq_ignore_ascii_case(name)));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sets the protocol version, for example `HTTP/1.0`.
    #[must_use]
    pub fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    /// Gives the bytes that go out.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} {}\r\n", self.method, self.target, self.version);
        for line in &self.lines {
            let _ = write!(head, "{line}\r\n");
        }
        if let Some(body) = &self.body {
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        bytes
    }
}

/// An answer, read completely.
#[derive(Clone, Debug)]
pub struct Response {
    /// Protocol version text of the status line.
    pub version: String,
    /// Status code.
    pub status: u16,
    /// Headers in the order received, names as sent.
    pub headers: Vec<(String, String)>,
    /// Decoded body.
    pub body: Vec<u8>,
}

impl Response {
    /// Gives the first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Gives the body as text, replacing what is not UTF-8.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What a connection runs over.
trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

/// One connection, for tests that care what travels on it and when.
pub struct Connection {
    stream: BufReader<Box<dyn Stream>>,
}

impl Connection {
    /// Connects to `address`, from `source` if one is given.
    pub fn open(address: SocketAddr, source: Option<IpAddr>) -> io::Result<Self> {
        connect(address, source).map(Self::over)
    }

    /// Connects to `address` by TLS, as a client that trusts what `config` says and asks for
    /// the name `localhost`.
    pub fn open_tls(address: SocketAddr, config: Arc<ClientConfig>) -> io::Result<Self> {
        let name = ServerName::try_from("localhost").expect("a name");
        let session = ClientConnection::new(config, name).map_err(Error::other)?;
        let mut stream = StreamOwned::new(session, connect(address, None)?);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self::over(stream))
    }

    fn over(stream: impl Read + Write + Send + 'static) -> Self {
        Self { stream: BufReader::new(Box::new(stream)) }
    }

    /// Sends bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)?;
        self.stream.get_mut().flush()
    }

    /// Reads one answer. `bodiless` says that none has a body (HEAD). Interim
    /// answers (1xx) are skipped.
    pub fn read_response(&mut self, bodiless: bool) -> io::Result<Response> {
        loop {
            let mut response = self.read_head()?;
            if response.status >= 200 {
                if !bodiless && response.status != 204 && response.status != 304 {
                    response.body = self.read_body(&response)?;
                }
                return Ok(response);
            }
        }
    }

    /// Reads a status line and headers only, also of an interim answer.
    pub fn read_head(&mut self) -> io::Result<Response> {
        let status_line = self.read_line()?;
        let mut words = status_line.splitn(3, ' ');
        let version = words.next().unwrap_or_default().to_owned();
        let status = words.next().and_then(|word| word.parse().ok());
        let (true, Some(status)) = (version.starts_with("HTTP/1."), status) else {
            return Err(broken(format!("not a status line: {status_line:?}")));
        };
        let mut headers = Vec::new();
        loop {
            let line = self.read_line()?;
            if line.is_empty() {
                return Ok(Response { version, status, headers, body: Vec::new() });
            }
            let (name, value) =
                line.split_once(':').ok_or_else(|| broken(format!("not a header: {line:?}")))?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    /// Tells whether the peer has closed the connection; waits for it to do
    /// so or to send something.
    pub fn is_closed_by_peer(&mut self) -> bool {
        match self.stream.fill_buf() {
            Ok(buffer) => buffer.is_empty(),
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        }
    }

    fn read_body(&mut self, head: &Response) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if head
            .header("transfer-encoding")
            .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
        {
            while self.read_chunk(&mut body)? {}
        } else if let Some(length) = head.header("content-length") {
            let length = length.parse().map_err(|_| broken(format!("not a length: {length:?}")))?;
            body.resize(length, 0);
            self.stream.read_exact(&mut body)?;
        } else {
            self.stream.read_to_end(&mut body)?;
        }
        Ok(body)
    }

    fn read_chunk(&mut self, body: &mut Vec<u8>) -> io::Result<bool> {
        let line = self.read_line()?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(digits, 16)
            .map_err(|_| broken(format!("not a chunk size: {line:?}")))?;
        if length == 0 {
            while !self.read_line()?.is_empty() {}
            return Ok(false);
        }
        let start = body.len();
        body.resize(start + length, 0);
        self.stream.read_exact(&mut body[start..])?;
        let end = self.read_line()?;
        if end.is_empty() {
            Ok(true)
        } else {
            Err(broken("chunk longer than announced".to_owned()))
        }
    }

    fn read_line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') || line.pop() != Some(b'\r') {
            return Err(Error::new(ErrorKind::UnexpectedEof, "connection ended inside a line"));
        }
        String::from_utf8(line).map_err(|_| broken("header is not UTF-8".to_owned()))
    }
}

fn connect(address: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket =
        socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
    if let Some(source) = source {
        socket.bind(&SocketAddr::new(source, 0).into())?;
    }
    socket.connect(&address.into())?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
    Ok(stream)
}

fn broken(what: String) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

/// A client that keeps its connection open between requests.
pub struct Client {
    address: SocketAddr,
    source: Option<IpAddr>,
    connection: Option<Connection>,
}

impl Client {
    /// Makes a client of the server at `address`; connects with the first request.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, source: None, connection: None }
    }

    /// Makes a client whose connections come from the address `source`.
    pub fn from_source(address: SocketAddr, source: IpAddr) -> Self {
        Self { address, source: Some(source), connection: None }
    }

    /// Sends a request and reads the answer.
    pub fn send(&mut self, request: &Request) -> io::Result<Response> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.address, self.source)?,
        };
        // A server may refuse a body before it has read all of it: what
        // counts is the answer, so a failed write is reported only without one.
        let written = connection.write(&request.to_bytes());
        let response = match connection.read_response(request.method == "HEAD") {
            Ok(response) => response,
            Err(error) => return Err(written.err().unwrap_or(error)),
        };
        if is_kept_open(request, &response) && written.is_ok() {
            self.connection = Some(connection);
        }
        Ok(response)
    }
}

fn is_kept_open(request: &Request, response: &Response) -> bool {
    request.version == "HTTP/1.1"
        && response.version == "HTTP/1.1"
        && !response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
}

#[cfg(test)]
mod tests;
