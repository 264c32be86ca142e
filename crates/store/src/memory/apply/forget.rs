//! Forgetting what is old enough; what was used again meanwhile stays.

use verify::Timestamp;
use verify::ids::{AccountId, MessageId, SmsId, VerificationId};
use verify::keys::{AddressKey, CookieDigest, NumberKey};
use verify::record::KeptText;

use crate::memory::{Records, last};

impl Records {
    pub(super) fn forget_number(&mut self, number: NumberKey, before: Timestamp) {
        let key = number.as_bytes();
        if self.number_sends.get(key).is_some_and(|sends| last(sends) <= before) {
            self.number_sends.remove(key);
        }
    }

    pub(super) fn forget_delivery(&mut self, id: MessageId, before: Timestamp) {
        if self.deliveries.get(&id).is_some_and(|d| d.ended_at <= before) {
            self.deliveries.remove(&id);
        }
    }

    pub(super) fn forget_confirmation(
        &mut self,
        key: (AccountId, VerificationId),
        before: Timestamp,
    ) {
        if self.confirmations.get(&key).is_some_and(|c| c.forget_at <= before) {
            self.confirmations.remove(&key);
        }
    }

    pub(super) fn forget_trust(
        &mut self,
        (account, number, cookie): (AccountId, NumberKey, CookieDigest),
        before: Timestamp,
    ) {
        let key = ((account, *number.as_bytes()), *cookie.as_bytes());
        if self.trusts.get(&key).is_some_and(|t| t.created_at <= before) {
            self.trusts.remove(&key);
        }
    }

    pub(super) fn forget_address(&mut self, key: AddressKey, before: Timestamp) {
        let key = key.as_bytes();
        if self.address_sends.get(key).is_some_and(|s| s.last_at() <= before) {
            self.address_sends.remove(key);
        }
    }

    pub(super) fn forget_sms_text(&mut self, id: SmsId) {
        if let Some(sms) = self.sms.get_mut(&id) {
            sms.kept_text = KeptText::Nothing;
        }
    }
}
