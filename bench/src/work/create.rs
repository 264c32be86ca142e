//! Creating users through the API.

use std::time::{Duration, Instant};

use crate::drive::{Step, Work};
use crate::http::Response;
use crate::json;
use crate::progress;
use crate::requests::AddUser;
use crate::tally::{Tally, Window};
use crate::users::Users;

const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Adds users until there are enough.
pub(crate) struct Create<'a> {
    users: &'a mut Users,
    add: Vec<AddUser>,
    next: u32,
    to: u32,
    under_way: Vec<u32>,
    began: Instant,
    progress_due: Instant,
    tally: Tally,
}

impl<'a> Create<'a> {
    /// Grows `users` to `to`; user `n` is added to the service of the request `n`, counted around.
    pub(crate) fn new(
        users: &'a mut Users,
        add: Vec<AddUser>,
        to: u32,
        connections: u16,
        window: Window,
    ) -> Self {
        let next = users.count();
        users.grow(to.max(next));
        Self {
            users,
            add,
            next,
            to,
            under_way: vec![0; usize::from(connections)],
            began: window.from,
            progress_due: window.from + PROGRESS_EVERY,
            tally: Tally::new(0, window),
        }
    }
}

impl Work for Create<'_> {
    fn begin(&mut self, connection: usize, _due: Instant, request: &mut Vec<u8>) -> bool {
        if self.next >= self.to {
            return false;
        }
        self.under_way[connection] = self.next;
        self.add[self.next as usize % self.add.len()].fill(self.next, request);
        self.next += 1;
        true
    }

    fn answered(
        &mut self,
        connection: usize,
        response: &Response<'_>,
        now: Instant,
        _request: &mut Vec<u8>,
    ) -> Step {
        let user = self.under_way[connection];
        if !matches!(response.status, 200 | 201) {
            self.tally.error("add user: neither 200 nor 201", response.body);
        } else if json::member(response.body, b"id")
            .and_then(json::text)
            .is_some_and(|id| self.users.set_id(user, &id))
        {
            self.tally.complete(now);
        } else {
            self.tally.error("add user: no UUID as id", response.body);
        }
        Step::Done
    }

    fn failed(&mut self, _connection: usize, reason: &'static str) {
        self.tally.error(reason, b"add user");
    }

    fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }

    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    fn tick(&mut self, now: Instant) {
        if now >= self.progress_due {
            self.progress_due = now + PROGRESS_EVERY;
            let seconds = (now - self.began).as_secs_f64();
            let per_second = self.tally.completed_ever as f64 / seconds;
            progress::say(&format!("  {} of {} users, {per_second:.0}/s", self.next, self.to));
        }
    }
}
