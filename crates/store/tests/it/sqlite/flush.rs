//! An answer waits for the disk (S-100).

use std::io::Error;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::task::{Context, Poll, Waker};

use ringproof_store::sqlite::{FileSync, SqliteEngine, SqliteOptions};
use ringproof_store::{Fault, Store};
use verify::engine::{Change, Decision, Keys};

use crate::asking::{Asked, ask_and_leave_waiting, wait, write};
use crate::engines;
use crate::sample;

/// A disk that takes its time: it tells when it is asked, and waits for how to
/// answer.
struct SlowDisk {
    asked: Receiver<()>,
    answer: SyncSender<Result<(), Error>>,
}

fn slow_disk() -> (SlowDisk, FileSync) {
    let (is_asked, asked) = sync_channel(1);
    let (answer, answers) = sync_channel(1);
    let sync = Box::new(move |file: &std::fs::File| {
        is_asked.send(()).map_err(Error::other)?;
        answers.recv().map_err(Error::other)??;
        file.sync_data()
    });
    (SlowDisk { asked, answer }, sync)
}

fn is_answered<T>(asked: &mut Asked<T>) -> bool {
    matches!(asked.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(_))
}

fn change() -> Vec<Change> {
    vec![Change::InsertService(Box::new(sample::service(1)))]
}

#[test]
fn no_answer_leaves_before_the_disk_has_the_commit() {
    let folder = engines::folder();
    let (disk, sync) = slow_disk();
    let engine = SqliteEngine::open_with(&engines::options(folder.path()), sync);
    let store = Store::new(engine.expect("it opens"));
    let mut written = ask_and_leave_waiting(write(store.clone(), change()));
    disk.asked.recv().expect("the disk is asked");
    assert!(!is_answered(&mut written), "the commit is not on the disk yet");
    // A step without writes has seen that commit, so it waits for it too.
    let reader = store.clone();
    let see = async move { reader.transact(Keys::default(), |_| Decision::unchanged(())).await };
    let mut seen = ask_and_leave_waiting(see);
    assert!(!is_answered(&mut seen), "it follows a commit that is not on the disk yet");
    disk.answer.send(Ok(())).expect("the disk waits");
    assert_eq!(wait(written), Ok(()));
    assert_eq!(wait(seen), Ok(()));
    store.close();
}

#[test]
fn a_flush_that_fails_is_no_success() {
    let folder = engines::folder();
    let (disk, sync) = slow_disk();
    let options = engines::options(folder.path());
    let options = SqliteOptions { ends_process_on_lost_flush: false, ..options };
    let store = Store::new(SqliteEngine::open_with(&options, sync).expect("it opens"));
    let written = ask_and_leave_waiting(write(store.clone(), change()));
    disk.asked.recv().expect("the disk is asked");
    disk.answer.send(Err(Error::other("the cable is out"))).expect("the disk waits");
    let answer = wait(written);
    assert!(matches!(&answer, Err(Fault::Unknown(why)) if why.contains("cable")), "{answer:?}");
    store.close();
}
