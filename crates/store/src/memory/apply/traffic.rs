//! Writing what is kept of traffic.

use verify::Timestamp;
use verify::ids::ServiceId;
use verify::record::{Area, TrafficArea};

use crate::limits::TRAFFIC_AREAS_FORGOTTEN_MAX;
use crate::memory::Records;

impl Records {
    /// The time of a release stays what it is.
    pub(super) fn put_traffic_areas(&mut self, areas: Vec<TrafficArea>) {
        for area in areas {
            let key = (area.service, area.area.to_string(), area.node.clone());
            let released_at = self.traffic_areas.get(&key).and_then(|kept| kept.released_at);
            self.traffic_areas.insert(key, TrafficArea { released_at, ..area });
        }
    }

    pub(super) fn release_traffic(
        &mut self,
        area: Area,
        service: Option<ServiceId>,
        at: Timestamp,
    ) {
        let is_it = |kept: &&mut TrafficArea| {
            kept.area == area && service.is_none_or(|service| service == kept.service)
        };
        for kept in self.traffic_areas.values_mut().filter(is_it) {
            kept.released_at = Some(at);
        }
    }

    pub(super) fn delete_traffic_of(&mut self, service: ServiceId) {
        self.traffic_areas.retain(|_, kept| kept.service != service);
    }

    pub(super) fn forget_traffic(&mut self, before: Timestamp) {
        let old = self.traffic_areas.iter().filter(|(_, kept)| kept.updated_at < before);
        let mut old: Vec<_> = old.map(|(key, kept)| (kept.updated_at, key.clone())).collect();
        old.sort_unstable();
        for (_, key) in old.into_iter().take(TRAFFIC_AREAS_FORGOTTEN_MAX as usize) {
            self.traffic_areas.remove(&key);
        }
    }
}
