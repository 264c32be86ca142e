//! The values that all examples speak of, so that they fit each other on the page
//! and a test can put its own in their places.

/// A service.
pub const SERVICE: &str = "0b6e6f0e-5d3a-4c0e-9a53-1f4f1c6f2d11";
/// A user of it.
pub const USER: &str = "7d1fa1c2-5f0e-4c0d-8a53-3f4f1c6f2d22";
/// The verification that lives.
pub const VERIFICATION: &str = "cf130b16-c4e5-4a4e-b37a-bbba8c6c34ce";
/// An authenticator of the user that has not been confirmed.
pub const AUTHENTICATOR: &str = "2aff0900-47e8-4d1d-a46b-b7e6c7db7618";
/// A device of the user's number that waits.
pub const DEVICE: &str = "49f910b2-805d-459d-94a6-d970c16f7ab9";
/// An id that names nothing.
pub const MISSING: &str = "00000000-0000-4000-8000-000000000000";
/// When something was made.
pub const TIME: &str = "2026-02-03T09:15:27.004Z";
/// The PIN that was sent, or the code that an authenticator shows.
pub const PIN: &str = "482913";
/// A PIN that is wrong: none begins with 0.
pub const WRONG_PIN: &str = "012345";
/// A recovery code of the user.
pub const RECOVERY_CODE: &str = "AMR7-3IGJ-Y3LP-OGM2-NTN5-MPYZ";
/// A recovery code that nobody has.
pub const WRONG_RECOVERY_CODE: &str = "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA";
/// The user's number.
pub const PHONE: &str = "+12025550123";
/// A number confirmation.
pub const CONFIRMATION: &str = "5f0c1d7be2a94c0f8b6a3d1e92c47f08";
/// A number confirmation that is none.
pub const MISSING_CONFIRMATION: &str = "00000000000000000000000000000000";
/// A session of the widget; also the id of its answer.
pub const SESSION: &str = "6f0f9b1c2d3e4f5061728394a5b6c7d8";
/// A session that is none.
pub const MISSING_SESSION: &str = "00000000000000000000000000000000";
/// The cookie of the session, as a header field.
pub const SESSION_COOKIE: &str = "Cookie: ringproof-6f0f9b1c2d3e4f5061728394a5b6c7d8=\
    Zk3v0Yq8mT1xWc7LrB5dN9hJ2pS6uQ4aEoGiKfXyVtM";
/// What proves that a form of the session's page is posted.
pub const FORM_TOKEN: &str = "c81f0a7e5d2b49368f1e6a0b7c3d9254";
/// The work that the session's next message costs.
pub const CHALLENGE: &str = "13.1770110127004.9b7d0e4f2a6c8135e0d4b2f6a8c91753";
/// That work.
pub const SOLUTION: &str = "10442,3187,15093,7740,612,9981,4405,12876";
/// Where a site on the machine of its developer takes the answer.
pub const CALLBACK: &str = "http://127.0.0.1:3000/back";
/// The same as it stands in a signed request.
pub const CALLBACK_ENCODED: &str = "http%3A%2F%2F127.0.0.1%3A3000%2Fback";
/// What a site gives out once.
pub const NONCE: &str = "4f1d2c7b9a60e8354f1d2c7b9a60e835";
/// A message that an API client sent.
pub const MESSAGE: &str = "a4d5920703fa4a439f5cbd2a4a5d0f6e7b8c9d0e";
/// A message that is none.
pub const MISSING_MESSAGE: &str = "0000000000000000000000000000000000000000";
/// An entry on a device.
pub const ENTRY: &str = "5e8c8ab8-62a2-4c3a-9f30-1c3de3f0a7b1";
/// A message that a gateway took.
pub const DELIVERY: &str = "9e0dcb5b-6c39-4f5e-8a4e-2d6c9b1f7a33";
