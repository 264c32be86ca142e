//! What the two plain-text interfaces share: the Number Verification API
//! (`number-verification-api.md`) and the HTTP SMS API (`sms-api.md`). Nothing
//! here knows a rule, and all of it but [`Params::read`] and [`respond`] is pure.
//!
//! * [`respond`](mod@respond): from a request to its answer: who calls, and what.
//! * [`route`]: which call a path names.
//! * [`params`]: the parameters of a request, wherever they stand in it.
//! * [`charset`]: bytes of a message text in the alphabets of old clients.
//! * [`answer`]: the one line of text, or the document, that goes back.
//! * [`describe`]: the calls as data.
//! * [`amount`] and [`prices_format`]: money and price lists as they are written.

pub mod amount;
pub mod answer;
pub mod charset;
pub mod describe;
mod limits;
pub mod params;
pub mod prices_format;
pub mod respond;
pub mod route;

pub use params::Params;
pub use respond::respond;
