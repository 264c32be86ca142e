//! Histories that are good, and planted ones that are not.

use super::*;

/// One call after the other, each a millisecond long.
fn in_turn(calls: &[(Call, Answer)]) -> Vec<Event> {
    let event = |(n, (call, answer)): (u64, &(Call, Answer))| Event {
        call: *call,
        answer: *answer,
        sent: Duration::from_millis(2 * n),
        answered: Duration::from_millis(2 * n + 1),
    };
    (0..).zip(calls).map(event).collect()
}

fn judge_in_turn(calls: &[(Call, Answer)]) -> Result<(), Violation> {
    judge(&in_turn(calls))
}

const STARTED: (Call, Answer) = (Call::Start, Answer::Started);
const ACCEPTED: (Call, Answer) = (Call::Right, Answer::Accepted);
const REFUSED: (Call, Answer) = (Call::Right, Answer::Spent);
const WRONG: (Call, Answer) = (Call::Wrong, Answer::Invalid);
const UNKNOWN_START: (Call, Answer) = (Call::Start, Answer::Unknown);
const UNKNOWN_RIGHT: (Call, Answer) = (Call::Right, Answer::Unknown);
const UNKNOWN_WRONG: (Call, Answer) = (Call::Wrong, Answer::Unknown);

#[test]
fn what_a_server_that_never_fails_answers_is_good() {
    for history in [
        &[STARTED, ACCEPTED, REFUSED, REFUSED][..],
        &[STARTED, STARTED, WRONG, WRONG, WRONG, WRONG, ACCEPTED, (Call::Wrong, Answer::Spent)],
        &[STARTED, WRONG, WRONG, WRONG, WRONG, WRONG, (Call::Right, Answer::Throttled), REFUSED],
        &[(Call::Right, Answer::Spent), STARTED],
        &[],
    ] {
        assert_eq!(judge_in_turn(history), Ok(()), "{history:?}");
    }
}

#[test]
fn a_call_of_unknown_outcome_was_done_or_not() {
    for history in [
        &[STARTED, UNKNOWN_RIGHT, ACCEPTED, REFUSED][..],
        &[STARTED, UNKNOWN_RIGHT, REFUSED],
        &[UNKNOWN_START, ACCEPTED],
        &[UNKNOWN_START, (Call::Right, Answer::Spent)],
        &[STARTED, UNKNOWN_WRONG, WRONG, WRONG, WRONG, WRONG, (Call::Right, Answer::Throttled)],
        &[STARTED, UNKNOWN_WRONG, WRONG, WRONG, WRONG, WRONG, ACCEPTED],
        // Long after it was sent, too.
        &[STARTED, UNKNOWN_RIGHT, WRONG, WRONG, REFUSED],
    ] {
        assert_eq!(judge_in_turn(history), Ok(()), "{history:?}");
    }
    let many: Vec<_> = [STARTED].into_iter().chain([UNKNOWN_RIGHT; 40]).chain([REFUSED]).collect();
    assert_eq!(judge_in_turn(&many), Ok(()));
}

#[test]
fn an_acceptance_that_is_forgotten_is_found() {
    for history in [
        &[STARTED, ACCEPTED, ACCEPTED][..],
        &[STARTED, ACCEPTED, REFUSED, ACCEPTED],
        &[STARTED, UNKNOWN_RIGHT, ACCEPTED, UNKNOWN_RIGHT, ACCEPTED],
    ] {
        assert_eq!(judge_in_turn(history), Err(Violation::AcceptedTwice(2)), "{history:?}");
    }
    let counts_again = [STARTED, ACCEPTED, WRONG];
    assert_eq!(judge_in_turn(&counts_again), Err(Violation::Lost));
}

#[test]
fn a_start_that_is_forgotten_is_found() {
    assert_eq!(judge_in_turn(&[STARTED, REFUSED]), Err(Violation::Lost));
    assert_eq!(judge_in_turn(&[UNKNOWN_START, STARTED, REFUSED]), Err(Violation::Lost));
    let counted = [STARTED, WRONG, (Call::Wrong, Answer::Spent)];
    assert_eq!(judge_in_turn(&counted), Err(Violation::Lost));
}

#[test]
fn a_count_that_goes_back_is_found() {
    let five = [STARTED, WRONG, WRONG, WRONG, WRONG, WRONG];
    let accepted = [&five[..], &[ACCEPTED]].concat();
    assert_eq!(judge_in_turn(&accepted), Err(Violation::Lost));
    let six = [&five[..], &[WRONG]].concat();
    assert_eq!(judge_in_turn(&six), Err(Violation::ComparedTooOften(6)));
    // What was counted too often is as wrong.
    let throttled = [STARTED, WRONG, WRONG, (Call::Right, Answer::Throttled)];
    assert_eq!(judge_in_turn(&throttled), Err(Violation::Lost));
}

#[test]
fn of_calls_at_once_any_may_be_the_first_and_one_only() {
    let at = |call, answer, sent, answered| Event {
        call,
        answer,
        sent: Duration::from_millis(sent),
        answered: Duration::from_millis(answered),
    };
    let start = at(Call::Start, Answer::Started, 0, 1);
    let refused = at(Call::Right, Answer::Spent, 2, 5);
    let accepted = at(Call::Right, Answer::Accepted, 3, 9);
    assert_eq!(judge(&[start, refused, accepted]), Ok(()));
    let too_late = Event { sent: Duration::from_millis(6), ..accepted };
    assert_eq!(judge(&[start, refused, too_late]), Err(Violation::Lost));
    let twice = at(Call::Right, Answer::Accepted, 2, 5);
    assert_eq!(judge(&[start, twice, accepted]), Err(Violation::AcceptedTwice(2)));
    // What was not sent yet cannot have been done.
    let unknown = at(Call::Right, Answer::Unknown, 6, 7);
    assert_eq!(judge(&[start, refused, unknown]), Err(Violation::Lost));
}
