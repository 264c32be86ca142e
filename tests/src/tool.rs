//! Programs of other people's making, which `bin/test` installs.

use std::io::Write;
use std::process::{Command, Stdio};

/// Runs a program with this input and gives what it prints.
#[track_caller]
pub fn run(program: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let spawned = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned
        .unwrap_or_else(|error| panic!("{program} is needed, bin/test installs it: {error}"));
    let mut stdin = child.stdin.take().expect("it is piped");
    // A program that reads nothing has closed it already.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {args:?} failed: {complaint}");
    output.stdout
}

/// The text of the QR code in a picture (PNG), as a scanner reads it.
#[track_caller]
pub fn scan(png: &[u8]) -> String {
    let file = tempfile::Builder::new().suffix(".png").tempfile().expect("a temporary file");
    std::fs::write(file.path(), png).expect("our own file can be written");
    let path = file.path().to_str().expect("a plain path");
    let text = run("zbarimg", &["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path], b"");
    String::from_utf8(text).expect("text").trim_end().to_owned()
}

/// The same of a drawing (SVG), which is painted first, on white.
#[track_caller]
pub fn scan_svg(svg: &str) -> String {
    scan(&run("rsvg-convert", &["--width=600", "--background-color=white"], svg.as_bytes()))
}

/// The code that `oathtool` gives for a secret in base 32.
#[track_caller]
pub fn oathtool(algorithm: &str, secret: &str, unix_seconds: i64) -> String {
    let totp = format!("--totp={algorithm}");
    let now = format!("--now=@{unix_seconds}");
    let code = run("oathtool", &[&totp, "--base32", &now, secret], b"");
    String::from_utf8(code).expect("text").trim().to_owned()
}
