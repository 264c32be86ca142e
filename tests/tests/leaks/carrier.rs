//! The same search with an SMSC as the way out: texts, numbers and the password of
//! the bind go through its sessions, each PDU has a line in the log at debug level,
//! and what the SMSC sends holds numbers and the beginnings of texts as well.
//!
//! To see this test fail: write the text of a message, or what a receipt says of
//! it, into the line of its PDU.

use crate::{MESSAGE_WITHIN, PEOPLE, Scene, text};
use ringproof_blackbox::smsc::{Peer, Smsc};
use serde_json::json;
use std::collections::HashMap;
use std::time::Instant;

/// The password of the bind: as long as SMPP 3.4 has them.
const PASSWORD: &str = "Cn4ryP9w";
const GATEWAY: &str = "carrier";

/// Messages of people, confirmations, and two of a program that go out at once.
const MESSAGES: usize = PEOPLE + 4 + 2;

#[test]
fn a_server_that_is_bound_to_an_smsc_leaks_nothing() {
    let mut smsc = Smsc::start_with(&Peer::Sim, &["--password", PASSWORD]);
    let secret = tempfile::NamedTempFile::new().expect("temporary files can be made");
    std::fs::write(secret.path(), format!("{PASSWORD}\n")).expect("our own file can be written");
    let config = format!(
        "[[gateway]]\nname = {GATEWAY:?}\nkind = \"smpp\"\nhosts = [\"{}\"]\ntls = false\n\
         system_id = \"acct\"\npassword_file = {:?}\n",
        smsc.address(),
        secret.path()
    );
    let mut scene = Scene::new(&config, false);
    scene.secrets.passwords.push(PASSWORD.to_owned());
    assert_eq!(smsc.next("bind")["status"], 0);
    wait_for_bound(&scene);

    smsc.command(&json!({ "cmd": "hold" }));
    let people = scene.start();
    let confirmations = scene.start_text();
    let mut texts = HashMap::new();
    take(&mut smsc, &mut texts, 1);
    scene.steal("while messages wait for the SMSC");
    smsc.command(&json!({ "cmd": "go" }));
    take(&mut smsc, &mut texts, MESSAGES);
    for (person, auth_id) in &people {
        let text = &texts[&person.number];
        let code = text.rsplit(' ').next().expect("the code is the last word");
        scene.learn_code(person, auth_id, code);
    }
    scene.learn_text_codes(&confirmations, |number| texts[number].clone());
    scene.steal("while codes live");
    scene.use_codes(&people);
    scene.use_text_codes(&confirmations);
    misbehave(&mut smsc, &scene, &texts);
    scene.server.has_printed("\"pdu\"");
    scene.steal("after use");
    scene.search();
}

/// A start is refused as long as no gateway is open.
#[track_caller]
fn wait_for_bound(scene: &Scene) {
    let line = format!("ringproof_smpp_bound_sessions{{gateway=\"{GATEWAY}\"}} 1");
    let begun = Instant::now();
    while !scene.integrator.page("/metrics").lines().any(|found| found == line) {
        assert!(begun.elapsed() < MESSAGE_WITHIN, "the server does not bind");
    }
}

/// Waits until messages to so many numbers have come; adds their texts.
#[track_caller]
fn take(smsc: &mut Smsc, texts: &mut HashMap<String, String>, count: usize) {
    while texts.len() < count {
        let submit = smsc.next_submit();
        texts.insert(format!("+{}", submit.destination.0), submit.text);
    }
}

/// What an SMSC can bring the server to write a line about: a receipt that quotes the
/// text, one of nobody's message, a message from a person, PDUs that cannot be read and
/// have a number and a code in them, noise, a bind that is refused.
fn misbehave(smsc: &mut Smsc, scene: &Scene, texts: &HashMap<String, String>) {
    let (number, message) = texts.iter().next().expect("messages came");
    let number = number.trim_start_matches('+');
    let (code, _) = &scene.secrets.codes[0];
    for (id, stat) in [("404", "DELIVRD"), ("405", "UNDELIV"), ("406", message.as_str())] {
        let receipt = json!({
            "cmd": "receipt", "id": id, "destination": number, "source": "Verigator", "stat": stat,
        });
        smsc.command(&receipt);
        let _ = smsc.next("receipt_answer");
    }
    for to in ["1234", number] {
        let text = text::INBOUND_TEXT;
        smsc.command(&json!({ "cmd": "mo", "from": number, "to": to, "text": text }));
        let _ = smsc.next("mo_answer");
    }
    // A deliver_sm whose addresses are where lengths should be, and an unknown command.
    let inside = format!("{number}\0{code}\0{message}\0");
    for command in [5_u32, 0x1234] {
        let length = u32::try_from(16 + inside.len()).expect("it is short");
        let mut pdu = Vec::new();
        for field in [length, command, 0, 0x201] {
            pdu.extend(field.to_be_bytes());
        }
        pdu.extend(inside.as_bytes());
        smsc.command(&json!({ "cmd": "garbage", "hex": crate::needles::hex(&pdu) }));
    }
    smsc.command(&json!({ "cmd": "refuse_bind", "status": 14, "count": 1 }));
    let noise = format!("\u{7f}\u{7f}\u{7f}\u{7f}{inside}");
    smsc.command(&json!({ "cmd": "garbage", "hex": crate::needles::hex(noise.as_bytes()) }));
    let _ = smsc.next("close");
    while smsc.next("bind")["status"] != 14 {}
}
