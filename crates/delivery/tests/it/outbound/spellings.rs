//! Ways to write addresses that must not be called.

use std::net::Ipv4Addr;

/// One address of each forbidden range of IPv4, and some of interest.
const V4: [[u8; 4]; 19] = [
    [127, 0, 0, 1],
    [127, 8, 9, 10],
    [0, 0, 0, 0],
    [0, 0, 0, 1],
    [10, 0, 0, 5],
    [100, 64, 0, 1],
    [169, 254, 169, 254],
    [172, 16, 0, 1],
    [172, 31, 255, 254],
    [192, 0, 0, 1],
    [192, 0, 2, 1],
    [192, 88, 99, 1],
    [192, 168, 1, 1],
    [198, 18, 0, 1],
    [198, 51, 100, 1],
    [203, 0, 113, 1],
    [224, 0, 0, 1],
    [240, 0, 0, 1],
    [255, 255, 255, 255],
];

const V6: [&str; 22] = [
    "::",
    "::1",
    "0:0:0:0:0:0:0:1",
    "0000:0000:0000:0000:0000:0000:0000:0001",
    "0::1",
    "::0.0.0.1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2001:DB8::A",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%25lo",
    "fec0::1",
    "ff02::1",
];

/// Texts with `{port}` in them that mean loopback in one reading or another.
const TRICKS: [&str; 34] = [
    "http://shop.example@127.0.0.1:{port}/",
    "http://shop.example:80@127.0.0.1:{port}/",
    "http://shop.example%40127.0.0.1:{port}/",
    "http://shop.example%2f@127.0.0.1:{port}/",
    "http://@127.0.0.1:{port}/",
    "http://:@127.0.0.1:{port}/",
    "http://u:p@127.0.0.1:{port}/",
    "http://u@@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@shop.example/",
    "http://127.0.0.1:{port}?@shop.example/",
    "http://127.0.0.1:{port}/@shop.example/",
    "http://shop.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@shop.example/",
    "http:\\\\127.0.0.1:{port}/",
    "http:/\\127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:////127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}",
    " http://127.0.0.1:{port}/",
    "ht\ttp://127.0.0.1:{port}/",
    "http://127.0\n.0.1:{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1:{port}/ ",
    "http://127.0.0.1:0{port}/",
    "http://127.0.0.1%00.shop.example:{port}/",
    "http://127.0.0.1%09:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://\u{24db}ocalhost:{port}/",
    "http://loc\u{ad}alhost:{port}/",
];

/// Every spelling as an address with a port, each once.
pub(super) fn all(port: u16) -> Vec<String> {
    let hosts = V4.into_iter().flat_map(|octets| [of_v4(octets), within_v6(octets)].concat());
    let hosts = hosts.chain(V6.iter().map(|text| format!("[{text}]")));
    let mut all: Vec<String> = hosts.map(|host| format!("http://{host}:{port}/dlr")).collect();
    for [a, b, c, d] in V4 {
        all.push(format!("HTTPS://{a}.{b}.{c}.{d}:{port}/dlr?x=1#y"));
    }
    all.extend(TRICKS.iter().map(|trick| trick.replace("{port}", &port.to_string())));
    all.sort();
    all.dedup();
    all
}

/// An address of IPv4 as a host, in all ways that some parser reads.
fn of_v4(octets: [u8; 4]) -> Vec<String> {
    let [a, b, c, d] = octets;
    let number = u32::from(Ipv4Addr::from(octets));
    let (low_16, low_24) = (number & 0xffff, number & 0xff_ffff);
    let dotted = format!("{a}.{b}.{c}.{d}");
    let percent = |text: &str| {
        let coded: Vec<_> = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        coded.concat()
    };
    let wide = |text: &str| {
        let widen = |c: char| char::from_u32(0xff10 + c.to_digit(10)?);
        text.chars().map(|c| widen(c).unwrap_or(c)).collect::<String>()
    };
    vec![
        dotted.clone(),
        format!("{dotted}."),
        format!("{dotted}.."),
        format!("{number}"),
        format!("{number}."),
        format!("0x{number:x}"),
        format!("0X{number:08X}"),
        format!("0{number:o}"),
        format!("000000000{number:o}"),
        format!("{}", u64::from(number) + (1 << 32)),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("0x{a:08x}.0x{b:08x}.0x{c:08x}.0x{d:08x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("0{a:04o}.0{b:04o}.0{c:04o}.0{d:04o}"),
        format!("0x{a:x}.0{b:o}.{c}.{d}"),
        format!("{a}.0x{b:x}.{low_16}"),
        format!("{a}.{b}.{low_16}"),
        format!("{a}.{low_24}"),
        format!("{a}.0x{low_24:x}"),
        format!("0{a:o}.0{low_24:o}"),
        percent(&dotted),
        dotted.replace('.', "%2e"),
        dotted.replace('.', "\u{3002}"),
        dotted.replace('.', "\u{ff0e}"),
        wide(&dotted),
    ]
}

/// An address of IPv4 within one of IPv6 as a host.
fn within_v6(octets: [u8; 4]) -> Vec<String> {
    let dotted = Ipv4Addr::from(octets);
    let number = u32::from(dotted);
    let (high, low) = (number >> 16, number & 0xffff);
    vec![
        format!("[{dotted}]"),
        format!("[::{dotted}]"),
        format!("[::ffff:{dotted}]"),
        format!("[::FFFF:{high:x}:{low:x}]"),
        format!("[0:0:0:0:0:ffff:{high:x}:{low:x}]"),
        format!("[::ffff:0:{dotted}]"),
        format!("[64:ff9b::{dotted}]"),
        format!("[64:ff9b::{high:x}:{low:x}]"),
        format!("[64:ff9b:1::{dotted}]"),
        format!("[2002:{high:x}:{low:x}::1]"),
        format!("[2001:0:{high:x}:{low:x}::]"),
        format!("[v1.{dotted}]"),
    ]
}
