//! What all three SMSCs do, each told in the same words.

use blackbox::smsc::{Obeyed, Peer, Smsc};
use serde_json::json;
use smpp::Pdu;
use smpp::tlv::{Tlvs, tag};

use crate::client::{Client, account, id_of, message, simulator, text};

/// Runs a test with each peer.
fn each(test: impl Fn(&mut Smsc, &Peer)) {
    for peer in [Peer::Node, Peer::Python, simulator()] {
        let mut smsc = Smsc::start(&peer);
        test(&mut smsc, &peer);
    }
}

#[test]
fn a_message_is_recorded_answered_and_reported() {
    each(|smsc, peer| {
        let mut client = Client::bound(smsc);
        let answer = client.submit(message(b"Your code is 123456\x02\x1b\x65"));
        assert_eq!(answer.status, 0, "{peer:?}");
        assert!(answer.id.is_some(), "{peer:?}");
        let receipt = client.receipt();
        assert_eq!((receipt.esm_class, id_of(&receipt)), (4, answer.id.clone()), "{peer:?}");
        assert!(text(&receipt).contains("stat:DELIVRD err:000"), "{peer:?}: {}", text(&receipt));
        assert_eq!(receipt.source.octets.to_string(), "37255512345", "{peer:?}");
        assert_eq!(receipt.destination.octets.to_string(), "MyBrand", "{peer:?}");

        let submit = smsc.next_submit();
        assert_eq!((&submit.id, submit.status), (&answer.id, 0), "{peer:?}");
        assert_eq!(submit.source, ("MyBrand".to_owned(), 5, 0), "{peer:?}");
        assert_eq!(submit.destination, ("37255512345".to_owned(), 1, 1), "{peer:?}");
        assert_eq!(submit.text, "Your code is 123456$€", "{peer:?}");
        assert_eq!((submit.data_coding, submit.registered_delivery), (0, 1), "{peer:?}");
        // smpp34 does not show it.
        let validity = (*peer != Peer::Python).then(|| "000000000500000R".to_owned());
        assert_eq!(submit.validity, validity, "{peer:?}");
        assert_eq!(smsc.next("bind")["system_id"], "acct", "{peer:?}");
        let answered = smsc.next("receipt_answer");
        assert_eq!((&answered["id"], &answered["status"]), (&json!(answer.id), &json!(0)));
    });
}

#[test]
fn ucs2_headers_segments_and_payloads_are_decoded() {
    each(|smsc, peer| {
        smsc.command(&json!({"cmd": "receipts", "mode": "none"}));
        let mut client = Client::bound(smsc);
        let mut ucs2 = message(&[0x04, 0x1A, 0x04, 0x3E, 0x04, 0x34]);
        ucs2.data_coding = 8;
        let mut part = message(b"\x05\x00\x03\x07\x02\x01Part");
        part.esm_class = 0x40;
        let mut segment = message(b"Segment");
        segment.tlvs = Tlvs::NONE
            .with(tag::SAR_MSG_REF_NUM, [0, 7])
            .with(tag::SAR_TOTAL_SEGMENTS, [2])
            .with(tag::SAR_SEGMENT_SEQNUM, [1]);
        let mut payload = message(b"");
        payload.tlvs = Tlvs::NONE.with(tag::MESSAGE_PAYLOAD, *b"Payload");
        for one in [ucs2, part, segment, payload] {
            assert_eq!(client.submit(one).status, 0, "{peer:?}");
        }
        let seen = [0; 4].map(|_| smsc.next_submit());
        let texts = seen.each_ref().map(|submit| submit.text.as_str());
        assert_eq!(texts, ["Код", "Part", "Segment", "Payload"], "{peer:?}");
        assert_eq!((seen[0].data_coding, seen[1].esm_class), (8, 0x40), "{peer:?}");
        let headers = seen.each_ref().map(|submit| submit.udh.as_deref());
        assert_eq!(headers, [None, Some("050003070201"), None, None], "{peer:?}");
        assert_eq!((seen[2].sar, seen[3].sar), (Some([7, 2, 1]), None), "{peer:?}");
    });
}

#[test]
fn receipts_have_the_form_that_was_told() {
    each(|smsc, peer| {
        let mut client = Client::bound(smsc);
        smsc.command(&json!({"cmd": "receipts", "mode": "failed"}));
        client.submit(message(b"one"));
        let receipt = client.receipt();
        assert!(text(&receipt).contains("stat:UNDELIV err:001"), "{peer:?}: {}", text(&receipt));
        assert_eq!(receipt.tlvs.message_state(), Some(5), "{peer:?}");

        smsc.command(&json!({"cmd": "receipts", "mode": "tlv"}));
        let id = client.submit(message(b"two")).id;
        let receipt = client.receipt();
        let named = receipt.tlvs.receipted_message_id().map(|id| id.to_string());
        assert_eq!((named, receipt.tlvs.message_state()), (id, Some(2)), "{peer:?}");
        assert!(receipt.short_message.is_empty(), "{peer:?}");

        smsc.command(&json!({"cmd": "receipts", "mode": "hex"}));
        let id = client.submit(message(b"three")).id.expect("an id");
        let named = id_of(&client.receipt()).expect("an id");
        assert_eq!(u64::from_str_radix(&id, 16).ok(), named.parse().ok(), "{peer:?}");

        smsc.command(&json!({"cmd": "receipts", "mode": "none"}));
        client.submit(message(b"four"));
        client.hears_nothing();
    });
}

#[test]
fn messages_are_throttled_and_refused_as_told() {
    each(|smsc, peer| {
        smsc.command(&json!({"cmd": "receipts", "mode": "none"}));
        smsc.command(&json!({"cmd": "throttle", "every": 3}));
        let mut client = Client::bound(smsc);
        let mut statuses = |count: usize| -> Vec<u32> {
            (0..count).map(|_| client.submit(message(b"x")).status).collect()
        };
        assert_eq!(statuses(6), [0, 0, 0x58, 0, 0, 0x58], "{peer:?}");
        smsc.command(&json!({"cmd": "throttle", "every": 0}));
        smsc.command(&json!({"cmd": "refuse", "status": 0x0B, "count": 2}));
        assert_eq!(statuses(3), [0x0B, 0x0B, 0], "{peer:?}");
        let recorded: Vec<u32> = (0..9).map(|_| smsc.next_submit().status).collect();
        assert_eq!(recorded, [0, 0, 0x58, 0, 0, 0x58, 0x0B, 0x0B, 0], "{peer:?}");
    });
}

#[test]
fn answers_are_held_until_they_may_go() {
    each(|smsc, peer| {
        smsc.command(&json!({"cmd": "receipts", "mode": "none"}));
        smsc.command(&json!({"cmd": "hold"}));
        let mut client = Client::bound(smsc);
        let sent = [b"one", b"two"].map(|text| client.send(Pdu::SubmitSm(message(text))));
        let mut seen = [smsc.next_submit().text, smsc.next_submit().text];
        if *peer == Peer::Python {
            // It hands messages over in any order, and answers so.
            seen.sort_unstable();
        }
        assert_eq!(seen, ["one", "two"], "{peer:?}");
        client.hears_nothing();
        smsc.command(&json!({"cmd": "go"}));
        let mut answered = [client.answer().sequence, client.answer().sequence];
        if *peer == Peer::Python {
            answered.sort_unstable();
        }
        assert_eq!(answered, sent, "{peer:?}");
    });
}

#[test]
fn a_message_from_a_phone_is_brought_and_its_answer_told() {
    each(|smsc, peer| {
        let mut client = Client::bound(smsc);
        // smpp34 answers a bind before it tells of it.
        smsc.next("bind");
        smsc.command(&json!({"cmd": "mo", "from": "37255512345", "to": "1234", "text": "STOP"}));
        let inbound = client.receipt();
        assert_eq!((inbound.esm_class, text(&inbound).as_str()), (0, "STOP"), "{peer:?}");
        assert_eq!(inbound.source.octets.to_string(), "37255512345", "{peer:?}");
        assert_eq!(smsc.next("mo_answer")["status"], 0, "{peer:?}");
    });
}

#[test]
fn a_session_is_ended_with_and_without_goodbye() {
    each(|smsc, peer| {
        let mut client = Client::bound(smsc);
        smsc.next("bind");
        smsc.command(&json!({"cmd": "unbind"}));
        let goodbye = client.next();
        assert_eq!(goodbye.pdu, Pdu::Unbind, "{peer:?}");
        client.send_packet(&smpp::Packet::new(goodbye.sequence, Pdu::UnbindResp));
        // smpp34 leaves it to the client to end the connection.
        if *peer != Peer::Python {
            client.ends();
        }
        drop(client);
        smsc.next("close");
        let mut client = Client::bound(smsc);
        smsc.send(&json!({"cmd": "die"}));
        client.ends();
        assert!(smsc.process().wait_exit(blackbox::smsc::EVENT_WITHIN).is_some(), "{peer:?}");
    });
}

#[test]
fn an_unbind_and_an_enquire_link_are_answered() {
    each(|smsc, peer| {
        let mut client = Client::bound(smsc);
        client.send(Pdu::EnquireLink);
        assert_eq!(client.next().pdu, Pdu::EnquireLinkResp, "{peer:?}");
        client.send(Pdu::Unbind);
        // smpp34 closes without one, now and then.
        if *peer != Peer::Python {
            assert_eq!(client.next().pdu, Pdu::UnbindResp, "{peer:?}");
        }
        client.ends();
    });
}

#[test]
fn binds_are_refused_for_a_wrong_account_and_when_told() {
    for peer in [Peer::Node, simulator()] {
        let mut smsc = Smsc::start(&peer);
        let tries = |bind: Pdu| Client::connect(smsc.address()).bind(bind).status;
        assert_eq!(tries(Pdu::BindTransceiver(account("wrong"))), 0x0E, "{peer:?}");
        let mut stranger = account("secret");
        stranger.system_id = crate::client::string("stranger");
        assert_eq!(tries(Pdu::BindTransceiver(stranger)), 0x0F, "{peer:?}");
        smsc.command(&json!({"cmd": "refuse_bind", "status": 5, "count": 1}));
        let tries = |bind: Pdu| Client::connect(smsc.address()).bind(bind).status;
        assert_eq!(tries(Pdu::BindTransmitter(account("secret"))), 5, "{peer:?}");
        assert_eq!(tries(Pdu::BindReceiver(account("secret"))), 0, "{peer:?}");
    }
}

#[test]
fn what_a_peer_cannot_do_it_says() {
    each(|smsc, peer| {
        assert_eq!(smsc.try_command(&json!({"cmd": "fly"})), Obeyed::Unsupported, "{peer:?}");
        let refused = smsc.try_command(&json!({"cmd": "refuse_bind", "status": 5, "count": 1}));
        assert_eq!(refused == Obeyed::Unsupported, *peer == Peer::Python, "{peer:?}");
    });
    let mut python = Smsc::start(&Peer::Python);
    // It has no number for a vendor's status.
    let refuse = |status: u32| json!({"cmd": "refuse", "status": status, "count": 1});
    assert_eq!(python.try_command(&refuse(0x402)), Obeyed::Unsupported);
    assert_eq!(python.try_command(&refuse(0x0A)), Obeyed::Done);
}
