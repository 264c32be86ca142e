//! Foreign bytes: nothing that comes over the wire, or stands in a configuration, makes a parser panic or the server
//! answer 5xx (security rules S-55, S-84, S-97, S-98).
//!
//! * [`random`], [`mutate`], [`json`]: inputs, each from its own number, so that one can be made again alone.
//! * [`targets`]: every parser, with what must hold of its answer; [`second_reader`] reads JSON a second time,
//!   independently.
//! * [`calls`] and [`requests`] in a [`world`]: whole requests through the application.
//! * [`connections`]: whole byte streams through the edge before it.
//! * [`configuration`]: files and variables.
//!
//! `RINGPROOF_FUZZ_SEED` sets the seed, `RINGPROOF_FUZZ_CASES` how many inputs there are (10,000,000 for the parsers,
//! and in proportion for the rest). A failure prints what makes it come again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod calls;
mod configuration;
mod connections;
mod json;
mod mutate;
mod random;
mod requests;
mod second_reader;
mod targets;
pub(crate) mod world;

use std::time::Instant;

use random::{Random, Settings};

/// Threads that share the work; what they do does not depend on how many they are.
const THREADS: u64 = 2;

/// Runs `work` for every thread, with its number.
fn on_all_threads<T: Send>(work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                std::thread::Builder::new().spawn_scoped(scope, move || work(thread)).unwrap()
            })
            .collect();
        // A panic has been reported in its thread.
        threads.into_iter().map(|thread| thread.join().expect("a case failed, see above")).collect()
    })
}

#[test]
fn ten_million_random_inputs_panic_no_parser_and_keep_its_promise() {
    let settings = Settings::read();
    let begun = Instant::now();
    let mut lines = Vec::new();
    let mut total = 0;
    for (number, target) in (0..).zip(targets::TARGETS) {
        let cases = settings.cases * target.share / targets::SHARES;
        let begun = Instant::now();
        let accepted: u64 =
            on_all_threads(|thread| target.run(settings.seed, number, cases, thread)).iter().sum();
        total += cases;
        lines.push(format!(
            "{}: {accepted} of {cases} accepted, {:.1} s",
            target.name,
            begun.elapsed().as_secs_f32()
        ));
        // A generator that makes only good or only bad inputs tries half a parser.
        if cases > 10_000 {
            let share = accepted * 1_000 / cases;
            assert!((5..=995).contains(&share), "{}: {share} of 1,000 accepted", target.name);
        }
    }
    println!("{} s, seed {}, {total} cases", begun.elapsed().as_secs(), settings.seed);
    println!("{}", lines.join("\n"));
    assert!(total * 100 >= settings.cases * 99, "only {total} of {} cases", settings.cases);
}

#[test]
fn two_hundred_thousand_random_requests_get_an_answer_below_500() {
    let settings = Settings::read();
    let requests = settings.cases / 50;
    let begun = Instant::now();
    let mut seen = requests::Seen::default();
    for seen_by_one in
        on_all_threads(|thread| requests::run(settings.seed, thread, requests / THREADS))
    {
        seen.add(&seen_by_one);
    }
    println!("{} s, seed {}, {seen}", begun.elapsed().as_secs(), settings.seed);
    assert_eq!(seen.total(), requests / THREADS * THREADS);
    if requests > 10_000 {
        for status in [200, 201, 202, 401, 403, 404, 405, 409, 413, 422, 429] {
            assert!(seen.answers(status) > 0, "no request was answered {status}: {seen}");
        }
        assert!(seen.approvals > 0 && seen.messages > 0, "{seen}");
    }
}

#[test]
fn random_byte_streams_get_whole_answers_below_500_or_none() {
    let settings = Settings::read();
    let begun = Instant::now();
    let streams = settings.cases / 500;
    let answers =
        on_all_threads(|thread| connections::run(settings.seed, thread, streams / THREADS));
    let answers: u64 = answers.iter().sum();
    println!(
        "{} s, seed {}, {streams} streams, {answers} answers",
        begun.elapsed().as_secs(),
        settings.seed
    );
    assert!(
        answers >= streams / 2,
        "{answers} answers to {streams} streams: the generator is too wild"
    );
}

#[test]
fn random_configurations_are_read_or_refused_in_words() {
    let settings = Settings::read();
    let begun = Instant::now();
    let cases = settings.cases / 5_000;
    let accepted =
        on_all_threads(|thread| configuration::run(settings.seed, thread, cases / THREADS));
    let accepted: u64 = accepted.iter().sum();
    println!(
        "{} s, seed {}, {accepted} of {cases} accepted",
        begun.elapsed().as_secs(),
        settings.seed
    );
    assert!(
        cases < 1_000 || (accepted > cases / 100 && accepted < cases),
        "{accepted} of {cases} accepted"
    );
}

#[test]
fn the_same_seed_gives_the_same_inputs() {
    let inputs = |seed| {
        let mut bytes = Vec::new();
        targets::TARGETS[0].make(&mut Random::of_case(seed, 0, 77), &mut bytes);
        bytes
    };
    assert_eq!(inputs(1), inputs(1));
    assert_ne!(inputs(1), inputs(2));
}
