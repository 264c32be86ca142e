use axum::body::to_bytes;

use super::*;

fn accept(fields: &[&'static str]) -> Accept {
    let mut headers = HeaderMap::new();
    for field in fields {
        headers.append(ACCEPT, HeaderValue::from_static(field));
    }
    Accept::of(&headers)
}

fn word(text: &str) -> Word {
    Word::new(text.to_owned()).unwrap()
}

async fn parts(response: Response<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
    let (head, body) = response.into_parts();
    (head.status, head.headers, to_bytes(body, 1_000_000).await.unwrap().to_vec())
}

#[test]
fn a_line_is_its_words_with_one_space_and_no_line_feed() {
    use ErrorCode as E;
    for (line, text) in [
        (Line::Ok(word("5f0c1d7be2a94c0f8b6a3d1e92c47f08")), "OK 5f0c1d7be2a94c0f8b6a3d1e92c47f08"),
        (Line::Ok(Word::of("DELIVERED")), "OK DELIVERED"),
        (Line::Ok(Word::balance(Amount::from_units(70_754_000))), "OK 707.54"),
        (Line::Ok(Word::balance(Amount::from_units(-1))), "OK 0.00"),
        (Line::Verified, "VERIFIED"),
        (Line::Invalid, "INVALID"),
        (Line::Expired, "EXPIRED"),
        (Line::Throttled, "THROTTLED"),
        (Line::Error(E::WrongCredentials), "ERROR 101"),
        (Line::Error(E::WrongParameters), "ERROR 102"),
        (Line::Error(E::AddressNotAllowed), "ERROR 103"),
        (Line::Error(E::CountryNotFound), "ERROR 104"),
        (Line::Error(E::NumberInvalid), "ERROR 105"),
        (Line::Error(E::PricesCountryNotServed), "ERROR 105"),
        (Line::Error(E::SendCountryNotServed), "ERROR 106"),
        (Line::Error(E::FormatUnknown), "ERROR 106"),
        (Line::Error(E::NoCredit), "ERROR 107"),
        (Line::Error(E::MessageNotFound), "ERROR 107"),
        (Line::Error(E::NumberBlocked), "ERROR 108"),
        (Line::Error(E::TemplateWithoutPin), "ERROR 109"),
        (Line::Error(E::VerificationNotFound), "ERROR 110"),
        (Line::Error(E::SenderNotActivated), "ERROR 111"),
        (Line::Failed(FailedCode::NoReportYet), "FAILED 102"),
        (Line::Failed(FailedCode::ServerFault), "FAILED 209"),
    ] {
        assert_eq!(line.to_string(), text);
    }
}

#[test]
fn a_word_is_short_visible_and_without_blanks() {
    for text in ["a", "707.54", &"f".repeat(64)] {
        assert!(Word::new(text.to_owned()).is_some(), "{text}");
    }
    for text in ["", " ", "a b", "a\n", "\r", "a\0", "\u{7f}", "õ", &"f".repeat(65)] {
        assert!(Word::new(text.to_owned()).is_none(), "{text:?}");
    }
}

#[test]
fn accept_counts_by_name_only() {
    for (fields, plain, json) in [
        (&[][..], false, false),
        (&["*/*"], false, false),
        (&["text/*"], false, false),
        (&["text/plain"], true, false),
        (&["TEXT/Plain"], true, false),
        (&["text/html, text/plain;q=0.5"], true, false),
        (&["text/html;level=1 ,text/plain ; charset=utf-8"], true, false),
        (&["text/plainer"], false, false),
        (&["xtext/plain, text /plain"], false, false),
        (&["application/json"], false, true),
        (&["application/json, text/plain, */*"], true, true),
        (&["text/html", "application/json;q=0.1"], false, true),
        (&["application/vnd.api+json"], false, false),
        (&["", ",,", ";"], false, false),
    ] {
        let expected = Accept { names_plain_text: plain, names_json: json };
        assert_eq!(accept(fields), expected, "{fields:?}");
    }
}

#[tokio::test]
async fn a_line_goes_out_with_status_200_and_its_headers() {
    for (fields, content_type) in [
        (&["text/plain"][..], "text/plain; charset=utf-8"),
        (&["*/*"], "text/html; charset=UTF-8"),
        (&[], "text/html; charset=UTF-8"),
        (&["application/json"], "text/html; charset=UTF-8"),
    ] {
        let line = Line::Error(ErrorCode::WrongCredentials);
        let (status, headers, body) = parts(line.into_response(accept(fields))).await;
        assert_eq!((status, &body[..]), (StatusCode::OK, &b"ERROR 101"[..]));
        for (name, value) in [
            (CONTENT_TYPE, content_type),
            (CONTENT_LENGTH, "9"),
            (CACHE_CONTROL, "no-store"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            assert_eq!(headers[&name], value, "{fields:?}");
        }
        assert_eq!(headers.len(), 4);
    }
}

#[tokio::test]
async fn a_document_goes_out_as_what_it_is() {
    for (kind, content_type) in [
        (DocumentType::Json, "application/json; charset=UTF-8"),
        (DocumentType::JsonAsHtml, "text/html; charset=UTF-8"),
        (DocumentType::Xml, "application/xml; charset=UTF-8"),
        (DocumentType::Csv, "text/csv;charset=UTF-8"),
    ] {
        let (status, headers, body) = parts(document(kind, b"a,b\n".to_vec())).await;
        assert_eq!((status, &body[..]), (StatusCode::OK, &b"a,b\n"[..]));
        assert_eq!(headers[CONTENT_TYPE], content_type);
        assert_eq!(headers[CONTENT_LENGTH], "4");
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
    assert_eq!(DocumentType::json_for(accept(&["application/json"])), DocumentType::Json);
    assert_eq!(DocumentType::json_for(accept(&["*/*"])), DocumentType::JsonAsHtml);
}

#[tokio::test]
async fn another_method_is_refused_by_status_and_by_text() {
    let (status, headers, body) = parts(method_not_allowed(accept(&[]))).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(
        (&headers[ALLOW], &body[..]),
        (&HeaderValue::from_static("GET, POST"), &b"ERROR 102"[..])
    );
}
