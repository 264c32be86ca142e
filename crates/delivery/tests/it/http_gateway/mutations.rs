//! Calls that differ from a true one in one place. None may be believed.

use ringproof_delivery::http_gateway::HttpGateway;
use url::form_urlencoded;

use super::Call;

/// Changes to look at.
const MUTATIONS: usize = 1_000;

/// The signs that are put in.
const SIGNS: &[u8] = b"0123456789abcdefABCDEFxyzXYZ+/=-_%&.: ";

/// Numbers that look like chance and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits fit") % bound
    }

    /// Puts a sign in the place of another, takes one out, or adds one.
    fn change(&mut self, text: &str) -> String {
        let mut signs = text.as_bytes().to_vec();
        let at = self.below(signs.len().max(1));
        let sign = SIGNS[self.below(SIGNS.len())];
        match self.below(4) {
            0 if !signs.is_empty() => drop(signs.remove(at)),
            1 => signs.insert(at, sign),
            _ if signs.is_empty() => signs.push(sign),
            _ => signs[at] = sign,
        }
        String::from_utf8(signs).expect("texts of calls are ASCII here")
    }
}

/// The fields that a form says, whatever their spelling; a signature over
/// fields does not speak of the spelling.
fn fields(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// Whether two calls say the same to a provider that signs fields.
fn is_same_to_signer(one: &Call, other: &Call) -> bool {
    let without_sig = |call: &Call| {
        let mut all = [fields(&call.query), fields(&call.body)].concat();
        all.sort();
        for (name, value) in &mut all {
            if name == "sig" {
                value.make_ascii_lowercase();
            }
        }
        all
    };
    one.tag == other.tag && one.headers == other.headers && without_sig(one) == without_sig(other)
}

/// Looks whether `gateway` believes the call as it is, and no other.
pub(super) fn only_the_true_one_is_heard(gateway: &HttpGateway, call: &Call) {
    call.heard_by(gateway).expect("the true one is heard");
    let mut numbers = Numbers(7);
    let (mut refused, mut by_part) = (0, [0; 4]);
    while refused < MUTATIONS {
        let mut changed = call.clone();
        let part = numbers.below(4);
        match part {
            0 => changed.tag = changed.tag.as_deref().map(|tag| numbers.change(tag)),
            1 if !changed.headers.is_empty() => {
                let at = numbers.below(changed.headers.len());
                let value = numbers.change(&changed.headers[at].1);
                changed.headers[at].1 = value;
            }
            2 if !changed.query.is_empty() => changed.query = numbers.change(&changed.query),
            3 if !changed.body.is_empty() => changed.body = numbers.change(&changed.body),
            _ => continue,
        }
        let spaces = changed.headers.iter().any(|(_, value)| value.trim() != value);
        if spaces || is_same_to_signer(&changed, call) {
            continue;
        }
        assert!(changed.heard_by(gateway).is_err(), "{changed:?} is believed");
        refused += 1;
        by_part[part] += 1;
    }
    assert!(by_part[0] > 100, "tags are changed too: {by_part:?}");
    assert!(by_part.iter().filter(|count| **count > 100).count() >= 2, "{by_part:?}");
}
