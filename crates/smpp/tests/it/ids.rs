//! The forms of a message id, step by step (`delivery.md` 5.3).

use ringproof_smpp::receipt::{IdRule, id_forms};

fn check(id: &str, expected: &[(IdRule, &str)]) {
    let forms = id_forms(id.as_bytes());
    let forms: Vec<(IdRule, &str)> = forms
        .iter()
        .map(|form| (form.rule, str::from_utf8(&form.octets).expect("ASCII stays ASCII")))
        .collect();
    assert_eq!(forms, expected, "{id:?}");
}

#[test]
fn forms_come_in_order_and_each_once() {
    use IdRule::{Decimal, Exact, Hexadecimal, Trimmed, WithoutZeros};
    check(
        " 0000001A2B ",
        &[
            (Exact, " 0000001A2B "),
            (Trimmed, "0000001a2b"),
            (WithoutZeros, "1a2b"),
            (Decimal, "6699"),
        ],
    );
    check("6699", &[(Exact, "6699"), (Hexadecimal, "1a2b"), (Decimal, "26265")]);
    check("1", &[(Exact, "1")]);
    check("000", &[(Exact, "000"), (WithoutZeros, "0")]);
    check("0", &[(Exact, "0")]);
    check("message-7", &[(Exact, "message-7")]);
    check("", &[]);
    check("  ", &[(Exact, "  ")]);
    let uuid = "6E8BC430-9C3A-11D9-9669-0800200C9A66";
    check(uuid, &[(Exact, uuid), (Trimmed, &uuid.to_ascii_lowercase())]);
}

#[test]
fn numbers_are_read_up_to_their_longest() {
    use IdRule::{Decimal, Exact, Hexadecimal};
    let (nines38, nines39) = ("9".repeat(38), "9".repeat(39));
    check(&nines38, &[(Exact, &nines38), (Hexadecimal, "4b3b4ca85a86c47a098a223fffffffff")]);
    check(&nines39, &[(Exact, &nines39)]);
    let fits_though = format!("1{}", "0".repeat(38));
    check(&fits_though, &[(Exact, &fits_though)]);
    let (hex32, hex33) = ("f".repeat(32), "f".repeat(33));
    check(&hex32, &[(Exact, &hex32), (Decimal, &u128::MAX.to_string())]);
    check(&hex33, &[(Exact, &hex33)]);
}

#[test]
fn the_first_128_octets_count_whatever_they_are() {
    let forms = id_forms(&[0xFF; 255]);
    assert_eq!(forms.len(), 1);
    assert_eq!(forms[0].octets, [0xFF; 128]);
}

#[test]
fn what_peers_write_in_answer_and_receipt_meets() {
    for (answer, receipt) in [
        ("1A2B", "6699"),
        ("6699", "1A2B"),
        ("0000001A2B", "1a2b"),
        ("1a2b", "0000006699"),
        ("0123456789", "123456789"),
        ("77 ", "77"),
    ] {
        let of_answer = id_forms(answer.as_bytes());
        let meets = id_forms(receipt.as_bytes())
            .iter()
            .any(|form| of_answer.iter().any(|other| other.octets == form.octets));
        assert!(meets, "{answer:?} and {receipt:?}");
    }
}
