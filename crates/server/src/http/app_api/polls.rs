//! The long polls of devices: one for each, and so many that they cost no more
//! than a known part of a core.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use verify::ids::DeviceId;

/// Pause between two looks at the store while few devices wait: what happens is
/// seen within a second.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Looks in a second of all devices together, at most; with more of them each looks
/// less often.
const LOOKS_PER_SECOND: usize = 200;

/// Who waits for news. The number tells a poll from a later one of the same device.
#[derive(Debug, Default)]
pub struct Polls(Mutex<HashMap<DeviceId, u64>>);

/// One device that waits; it is forgotten when this goes.
pub(super) struct Poll<'a> {
    polls: &'a Polls,
    device: DeviceId,
    number: u64,
}

impl Polls {
    /// Begins to wait; what the same device waited for before comes to its end.
    pub(super) fn begin(&self, device: DeviceId) -> Poll<'_> {
        let mut waiting = self.waiting();
        let number = waiting.get(&device).map_or(0, |number| number.wrapping_add(1));
        waiting.insert(device, number);
        Poll { polls: self, device, number }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<DeviceId, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Poll<'_> {
    /// Whether the device has asked again since.
    pub(super) fn is_over(&self) -> bool {
        self.polls.waiting().get(&self.device) != Some(&self.number)
    }

    /// How long to wait before the next look.
    pub(super) fn pause(&self) -> Duration {
        let waiting = u32::try_from(self.polls.waiting().len()).unwrap_or(u32::MAX);
        let looks = u32::try_from(LOOKS_PER_SECOND).unwrap_or(u32::MAX);
        LOOK_EVERY.max(Duration::from_secs(1).saturating_mul(waiting) / looks)
    }
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        if !self.is_over() {
            self.polls.waiting().remove(&self.device);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(n: u64) -> DeviceId {
        DeviceId::from_bytes((u128::from(n) << 64).to_be_bytes())
    }

    #[test]
    fn a_device_waits_once_and_is_forgotten() {
        let polls = Polls::default();
        let first = polls.begin(device(1));
        assert!(!first.is_over());
        let second = polls.begin(device(1));
        assert!(first.is_over() && !second.is_over());
        drop(first);
        assert!(!second.is_over(), "the end of the first takes nothing from the second");
        drop(second);
        assert!(polls.waiting().is_empty());
    }

    #[test]
    fn many_devices_look_less_often() {
        let polls = Polls::default();
        let waiting: Vec<_> = (0..100).map(|n| polls.begin(device(n))).collect();
        assert_eq!(waiting[0].pause(), Duration::from_millis(500));
        let more: Vec<_> = (100..1_000).map(|n| polls.begin(device(n))).collect();
        assert_eq!(more[0].pause(), Duration::from_secs(5));
    }
}
