//! What a message says: `text` or `data`, with `charset`, `autoconvert`, `udh`
//! and `mclass` (`sms-api.md` 3).

use verify::hex;
use verify::limits::{MESSAGE_CHARS_MAX, TEXT_MESSAGE_PARTS_MAX};
use verify::record::{BodyKind, MessageForm};
use verify::text::{Autoconvert, Layout, segments_in, split_data};
use zeroize::Zeroizing;

use crate::http::text_api::Params;
use crate::http::text_api::answer::ErrorCode;
use crate::http::text_api::charset::Charset;
use crate::http::text_api::params::ParamsError;

/// Octets of one short message (3GPP TS 23.040 §9.2.3.16).
const OCTETS_MAX: usize = 140;

/// What a message says.
pub struct Content {
    /// How it is to be read.
    pub form: MessageForm,
    /// The text, or the hex digits of binary data.
    pub body: Zeroizing<String>,
    /// Segments; at least one.
    pub parts: u32,
}

/// Why the content is refused; on the wire it is all `ERROR 102`.
pub struct Unreadable;

impl From<ParamsError> for Unreadable {
    fn from(_: ParamsError) -> Self {
        Self
    }
}

impl From<Unreadable> for ErrorCode {
    fn from(_: Unreadable) -> Self {
        Self::WrongParameters
    }
}

/// Reads the content. `data` wins over `text`.
///
/// # Errors
/// [`Unreadable`]
pub fn read(params: &Params) -> Result<Content, Unreadable> {
    let header = header(params)?;
    let layout = Layout::with_header(header.len()).ok_or(Unreadable)?;
    let class = params.digits("mclass")?;
    let class = class.map(|class| u8::try_from(class).ok().filter(|class| *class <= 3));
    let class = class.map(|class| class.ok_or(Unreadable)).transpose()?;
    if let Some(data) = params.bytes("data").filter(|data| !data.is_empty()) {
        let parts = split_data(data, layout).map_err(|_| Unreadable)?.len();
        return content(BodyKind::Data, header, class, Zeroizing::new(hex::encode(data)), parts);
    }
    let text = text(params)?;
    let parts = segments_in(&text, layout).map_err(|_| Unreadable)?.parts;
    content(BodyKind::Text, header, class, text, parts)
}

fn content(
    body_kind: BodyKind,
    header: Vec<u8>,
    class: Option<u8>,
    body: Zeroizing<String>,
    parts: usize,
) -> Result<Content, Unreadable> {
    if parts > TEXT_MESSAGE_PARTS_MAX {
        return Err(Unreadable);
    }
    // A header of the caller's own says what one message is; we link no parts
    // beside it.
    if !header.is_empty() && parts > 1 {
        return Err(Unreadable);
    }
    let parts = u32::try_from(parts).map_err(|_| Unreadable)?;
    Ok(Content { form: MessageForm { body: body_kind, header, class }, body, parts })
}

fn text(params: &Params) -> Result<Zeroizing<String>, Unreadable> {
    let charset = match params.filled_text("charset")? {
        None => Charset::Utf8,
        Some(name) => Charset::named(name).ok_or(Unreadable)?,
    };
    let convert = match params.filled_text("autoconvert")? {
        None => Autoconvert::On,
        Some(word) => Autoconvert::parse(word).ok_or(Unreadable)?,
    };
    let bytes = params.bytes("text").unwrap_or_default();
    let decoded = Zeroizing::new(charset.decode(bytes).ok_or(Unreadable)?);
    let is_sendable = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\x0c');
    if decoded.is_empty()
        || decoded.chars().count() > MESSAGE_CHARS_MAX
        || !decoded.chars().all(is_sendable)
    {
        return Err(Unreadable);
    }
    Ok(Zeroizing::new(convert.apply(&decoded).into_owned()))
}

/// `udh`: bytes, or their hex digits; the first says how many follow.
fn header(params: &Params) -> Result<Vec<u8>, Unreadable> {
    let Some(given) = params.bytes("udh").filter(|given| !given.is_empty()) else {
        return Ok(Vec::new());
    };
    let is_header = |bytes: &[u8]| {
        bytes.len() <= OCTETS_MAX
            && bytes.split_first().is_some_and(|(n, rest)| usize::from(*n) == rest.len())
    };
    if let Some(decoded) = hex::decode(given).filter(|decoded| is_header(decoded)) {
        return Ok(decoded);
    }
    if is_header(given) { Ok(given.to_vec()) } else { Err(Unreadable) }
}

#[cfg(test)]
mod tests;
