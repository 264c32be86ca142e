//! S-75: the text that version 1 signs has nothing between names and values. Every
//! way to cut the text of random signed sets into names and values again is tried
//! on the server (as a request) and on this library (as an answer): only the set
//! that was signed is ever taken.

use ringproof_client::widget::{ExpectedV1, Signer};
use verify::Timestamp;
use verify::entropy::SeededEntropy;
use verify::widget::parameters::{Request, Rules};
use verify::widget::signature::{WidgetSecret, check_request};
use verify::widget::target::Target;

const SETS: usize = 100_000;

/// Every name that stands in any message of the widget, in the order of signing.
/// A name that is none of these is refused whatever else there is; that is tried
/// with every name that the beginning of a text can be read as.
const NAMES: [&str; 12] = [
    "callback_url",
    "exp",
    "nonce",
    "pass",
    "password",
    "phone",
    "phone_lock",
    "sig2",
    "status",
    "user",
    "version",
    "vid",
];

/// What values are made of: the words that make a text ambiguous, and some that do not.
const WORDS: [&str; 24] = [
    "callback_url",
    "callback_u",
    "rl",
    "pass",
    "password",
    "word",
    "phone",
    "_lock1",
    "status",
    "VERIFIED",
    "CANCELLED",
    "user",
    "u1",
    "version",
    "1",
    "version1",
    "+37255500123",
    "+37255501000",
    "https://shop.example/verify/",
    "https://evil.example/",
    "nonce",
    "sig2",
    "x",
    "7",
];

struct Chance(SeededEntropy);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.0.next_u64() % (end as u64)).expect("below a usize")
    }

    fn words(&mut self, most: usize) -> String {
        (0..self.below(most + 1)).map(|_| WORDS[self.below(WORDS.len())]).collect()
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    fn secret(&mut self) -> WidgetSecret {
        // What operators bring from elsewhere may be made of the same words.
        let odd = ["wordwordwordword", "passpasspasspass", "useruseruseruser", "phone+3725550012"];
        if self.below(4) == 0 {
            WidgetSecret::choose(self.one_of(&odd)).expect("a secret")
        } else {
            WidgetSecret::issue(&mut self.0)
        }
    }

    fn user(&mut self) -> String {
        let user =
            format!("{}{}", self.one_of(&["u1", "demouser01", "legacy-api", "a"]), self.words(2));
        user.replace([':', '/'], "-")
    }

    /// A set as an integrator or the server signs it, without the secret.
    fn set(&mut self) -> Vec<(&'static str, String)> {
        let user = self.user();
        let phone = match self.below(4) {
            0 => None,
            1 => Some("+37255500123".to_owned()),
            2 => Some(self.words(6)),
            _ => Some(format!("+37255501000{}", self.words(5))),
        };
        let mut set = Vec::new();
        if self.below(3) > 0 {
            let tail = self.words(5);
            set.push(("callback_url", format!("https://shop.example/verify/?n={tail}")));
            set.extend(phone.map(|phone| ("phone", phone)));
        } else {
            set.extend(phone.map(|phone| ("phone", phone)));
            set.push(("status", self.one_of(&["VERIFIED", "CANCELLED"]).to_owned()));
        }
        set.extend([("user", user), ("version", "1".to_owned())]);
        set
    }
}

/// The text that is signed, with the secret under `name`.
fn text(set: &[(&'static str, String)], name: &'static str, secret: &str) -> String {
    let mut all: Vec<(&str, &str)> = set.iter().map(|(n, value)| (*n, value.as_str())).collect();
    all.push((name, secret));
    all.sort_by_key(|(name, _)| *name);
    all.iter().flat_map(|(name, value)| [*name, *value]).collect()
}

type Split<'a> = Vec<(&'static str, &'a str)>;

/// Every way to cut `text` into pairs with names in their order, one of them the secret.
fn splits<'a>(text: &'a str, secret: &str, each: &mut dyn FnMut(&Split<'a>)) {
    let mut occurrences = Vec::new();
    for (rank, name) in NAMES.iter().enumerate() {
        let mut from = 0;
        while let Some(at) = text[from..].find(name) {
            occurrences.push((from + at, rank));
            from += at + 1;
        }
    }
    for &(at, rank) in occurrences.iter().filter(|(at, _)| *at == 0) {
        cut(text, secret, &occurrences, (at, rank), &mut Vec::new(), each);
    }
}

/// Goes on behind the name `rank` at `at`.
fn cut<'a>(
    text: &'a str,
    secret: &str,
    occurrences: &[(usize, usize)],
    (at, rank): (usize, usize),
    before: &mut Split<'a>,
    each: &mut dyn FnMut(&Split<'a>),
) {
    let value_at = at + NAMES[rank].len();
    let is_secret = matches!(NAMES[rank], "pass" | "password");
    let nexts =
        occurrences.iter().copied().filter(|(next, other)| *next >= value_at && *other > rank);
    for next in nexts.map(Some).chain([None]) {
        let value = &text[value_at..next.map_or(text.len(), |(next, _)| next)];
        if is_secret && value != secret {
            continue;
        }
        before.push((NAMES[rank], value));
        match next {
            Some(next) => cut(text, secret, occurrences, next, before, each),
            None if before.iter().any(|(name, _)| matches!(*name, "pass" | "password")) => {
                each(before);
            }
            None => {}
        }
        before.pop();
    }
}

struct Judge {
    targets: Vec<Target>,
    now: Timestamp,
}

impl Judge {
    /// Whether the server takes the pairs as a request, and as one of this account.
    fn is_request(&self, secret: &WidgetSecret, pairs: &[(String, String)]) -> bool {
        let rules = Rules { targets: &self.targets, is_compat: true, now: self.now };
        Request::read(pairs, &rules).is_ok() && check_request(secret, pairs).is_some()
    }

    fn is_answer(secret: &WidgetSecret, user: &str, pairs: &[(String, String)]) -> bool {
        Signer::new("https://verify.example", user, secret.expose())
            .is_ok_and(|signer| signer.check_answer_v1(pairs, &ExpectedV1::default()).is_ok())
    }
}

fn signed(split: &[(&str, &str)], sig: &str) -> Vec<(String, String)> {
    let sent = split.iter().filter(|(name, _)| !matches!(*name, "pass" | "password"));
    sent.chain([&("sig", sig)]).map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

/// The signature over a text, by way of a set that has it: nobody but the holder of
/// the secret could make it.
fn signature(text: &str) -> String {
    use md5::Digest as _;
    verify::hex::encode(&md5::Md5::digest(text.as_bytes()))
}

#[derive(Default, Debug)]
struct Count {
    tried: usize,
    honest_requests: usize,
    honest_answers: usize,
    foreign_names: usize,
}

#[test]
fn every_other_way_to_read_a_signed_text_is_refused() {
    let mut chance = Chance(SeededEntropy::new(75));
    let judge = Judge {
        targets: ["https://shop.example/verify/", "https://evil.example/"]
            .map(|text| Target::parse(text).expect("a target"))
            .to_vec(),
        now: Timestamp::from_second(1_767_226_200).expect("a time"),
    };
    let mut count = Count::default();
    for number in 0..SETS {
        let (secret, set) = (chance.secret(), chance.set());
        // This library signs and checks with `pass` alone; the server takes both.
        let name = if number % 8 == 0 { "password" } else { "pass" };
        let text = text(&set, name, secret.expose());
        let sig = signature(&text);
        let user = &set.iter().find(|(name, _)| *name == "user").expect("a user").1;
        let honest: Vec<(&str, &str)> = set.iter().map(|(n, value)| (*n, value.as_str())).collect();
        let honest_pairs = signed(&honest, &sig);
        let is_honest_taken = judge.is_request(&secret, &honest_pairs)
            || Judge::is_answer(&secret, user, &honest_pairs);
        splits(&text, secret.expose(), &mut |split| {
            count.tried += 1;
            let pairs = signed(split, &sig);
            let mut sorted = pairs.clone();
            sorted.sort();
            let mut wanted = honest_pairs.clone();
            wanted.sort();
            let is_honest = sorted == wanted;
            // Where the honest set is taken, not even another account with the same
            // secret may be found in it.
            let of = |pair: &&(String, String)| pair.0 == "user";
            let claimed = pairs.iter().find(of).map_or("", |(_, value)| value.as_str());
            if !is_honest_taken && claimed != user {
                return;
            }
            let (request, answer) =
                (judge.is_request(&secret, &pairs), Judge::is_answer(&secret, claimed, &pairs));
            assert!(is_honest || !(request || answer), "{split:?} is taken for {honest:?}");
            count.honest_requests += usize::from(request);
            count.honest_answers += usize::from(answer);
        });
        if number % 4 == 0 {
            count.foreign_names += foreign_names(&judge, &secret, &text, &honest, &sig);
        }
    }
    println!("{SETS} signed sets: {count:?}");
    assert!(
        count.tried > SETS && count.honest_requests > SETS / 4 && count.honest_answers > SETS / 20
    );
}

/// Reads the first pair of the text, and each later one, under every other name.
fn foreign_names(
    judge: &Judge,
    secret: &WidgetSecret,
    text: &str,
    honest: &[(&str, &str)],
    sig: &str,
) -> usize {
    let mut tried = 0;
    for at in 0..honest.len() {
        let (name, value) = honest[at];
        let joined = format!("{name}{value}");
        for end in
            (0..=joined.len()).filter(|end| joined.is_char_boundary(*end) && *end != name.len())
        {
            let mut split = honest.to_vec();
            split[at] = (&joined[..end], &joined[end..]);
            // With a shifted name, the rest of the value can still hold the real one.
            if let Some(again) = split[at].1.find(name) {
                let (before, after) = split[at].1.split_at(again);
                let mut three = split.clone();
                three[at].1 = before;
                three.insert(at + 1, (name, &after[name.len()..]));
                let pairs = signed(&three, sig);
                assert!(!judge.is_request(secret, &pairs), "{three:?} of {text}");
                tried += 1;
            }
            let pairs = signed(&split, sig);
            assert!(!judge.is_request(secret, &pairs), "{split:?} of {text}");
            let user = honest.iter().find(|(name, _)| *name == "user").map_or("", |(_, user)| user);
            assert!(!Judge::is_answer(secret, user, &pairs), "{split:?} of {text}");
            tried += 1;
        }
    }
    tried
}
