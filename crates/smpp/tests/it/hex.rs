//! Bytes written as in the specification.

/// The bytes that hexadecimal digits mean; blanks are free, and `"…"` stands
/// for the text itself.
pub(crate) fn bytes(written: &str) -> Vec<u8> {
    let mut all = Vec::new();
    for (index, piece) in written.split('"').enumerate() {
        if index % 2 == 1 {
            all.extend_from_slice(piece.as_bytes());
            continue;
        }
        let digits: Vec<u32> = piece
            .chars()
            .filter(|character| !character.is_whitespace())
            .map(|character| character.to_digit(16).expect("a hexadecimal digit"))
            .collect();
        assert!(digits.len().is_multiple_of(2), "an odd number of digits: {piece}");
        let octets = digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]));
        all.extend(octets.map(|octet| octet.expect("two digits are an octet")));
    }
    all
}

/// A whole PDU: the header is put before the body.
pub(crate) fn pdu(command_id: u32, status: u32, sequence: u32, body: &str) -> Vec<u8> {
    let body = bytes(body);
    let length = u32::try_from(16 + body.len()).expect("a PDU of a test is short");
    let header = [length, command_id, status, sequence].map(u32::to_be_bytes);
    [header.concat(), body].concat()
}
