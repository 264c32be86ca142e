//! What a message costs at the widget (S-80), and how often an address may come (D-28).

use ringproof_blackbox::widget::{Page, Visitor, solve};
use ringproof_blackbox::world::World;

use super::widget::*;

#[test]
fn robots_without_work_get_two_messages_an_hour() {
    let world = world("", &[]);
    let mut robot = visitor(&world);
    let numbers: Vec<String> = (0..6).map(|n| format!("+3725550067{n}")).collect();
    let try_all = |robot: &mut Visitor| -> usize {
        let sent = numbers.iter().filter(|number| {
            let page = enter(robot);
            is_at_code(&ask_without_work(robot, &page, number))
        });
        sent.count()
    };
    assert_eq!(try_all(&mut robot), 2);
    // Work of another session, or a guess at it, is none.
    let (page, other) = (enter(&mut robot), enter(&mut robot));
    let solved = solve(other.form("number").value("challenge"));
    for solution in [solved.as_str(), "0,0,0,0,0,0,0,0"] {
        let filled = [("country", "EE"), ("phone", NUMBER), ("solution", solution)];
        assert!(!is_at_code(&robot.submit(&page.form("number"), &filled)));
    }
    // A message without work is not repeated by itself.
    world.clock.advance(3_601);
    assert_eq!(world.messages().len(), 2);
    assert_eq!(try_all(&mut robot), 2);
}

#[test]
fn under_attack_robots_get_nothing_and_work_is_harder() {
    let world = world("[widget]\nattack = \"on\"\n", &[]);
    let mut robot = visitor(&world);
    let page = enter(&mut robot);
    assert!(page.form("number").value("challenge").starts_with("16."));
    assert!(!is_at_code(&ask_without_work(&mut robot, &page, NUMBER)));
    assert_eq!(world.messages(), []);
    assert!(is_at_code(&robot.ask(&page, NUMBER)));
}

#[test]
fn work_is_harder_from_the_sixth_start_on() {
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    for n in 0..6 {
        let page = enter(&mut visitor);
        let bits = if n < 5 { "13." } else { "15." };
        assert!(page.form("number").value("challenge").starts_with(bits), "start {n}");
        assert!(is_at_code(&visitor.ask(&page, &format!("+3725550068{n}"))), "start {n}");
    }
}

/// Asks for a message with the work that a page asked for at some time.
#[track_caller]
fn ask_with(visitor: &mut Visitor, page: &Page, solution: &str, number: &str) -> Page {
    let filled = [("country", "EE"), ("phone", number), ("solution", solution)];
    visitor.submit(&page.form("number"), &filled)
}

#[test]
fn easy_work_that_was_kept_buys_nothing_from_the_sixth_start_on() {
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    let kept: Vec<(Page, String)> = (0..6)
        .map(|_| {
            let page = enter(&mut visitor);
            let form = page.form("number");
            let challenge = form.value("challenge");
            assert!(challenge.starts_with("13."), "{challenge}");
            let solution = solve(challenge);
            (page, solution)
        })
        .collect();
    for (n, (page, solution)) in kept.iter().enumerate().take(5) {
        let page = ask_with(&mut visitor, page, solution, &format!("+3725550069{n}"));
        assert!(is_at_code(&page), "start {n}");
    }
    let (page, solution) = &kept[5];
    for _ in 0..2 {
        let refused = ask_with(&mut visitor, page, solution, NUMBER);
        assert!(!is_at_code(&refused) && refused.status() == 200, "{}", refused.text());
    }
    assert!(world.messages().iter().all(|message| message.to != NUMBER));
    // The page has asked for what is due, and the person only asks again.
    let again = visitor.see(&page.path);
    let form = again.form("number");
    assert!(form.value("challenge").starts_with("15."), "{}", form.value("challenge"));
    assert_eq!(form.value("phone"), NUMBER);
    assert!(is_at_code(&visitor.ask(&again, NUMBER)));
    world.inbox.next(NUMBER).pin();
}

#[test]
fn address_is_the_same_at_every_site() {
    const OTHER: &str = "other-site-api";
    let world = World::prepared("", |folder| {
        let _ = site(folder, &[]);
        let _ = site_of(folder, OTHER, &[]);
    });
    let mut visitor = visitor(&world);
    let at_other = enter_with(&mut visitor, &request_of(OTHER, CALLBACK));
    let kept = solve(at_other.form("number").value("challenge"));
    for n in 0..5 {
        let page = enter(&mut visitor);
        let page = visitor.ask(&page, &format!("+3725550064{n}"));
        assert!(is_at_code(&page), "start {n}");
    }
    assert!(!is_at_code(&ask_with(&mut visitor, &at_other, &kept, NUMBER)));
    assert!(world.messages().iter().all(|message| message.to != NUMBER));
    let page = visitor.see(&at_other.path);
    assert!(page.form("number").value("challenge").starts_with("15."));
    assert!(is_at_code(&visitor.ask(&page, NUMBER)));
}

#[test]
fn page_that_another_tab_has_overtaken_is_no_browser_without_scripts() {
    const OTHER: &str = "+37255500698";
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    let page = enter(&mut visitor);
    let solution = solve(page.form("number").value("challenge"));
    let code = ask_with(&mut visitor, &page, &solution, NUMBER);
    assert!(is_at_code(&code));
    assert!(is_at_code(&ask_with(&mut visitor, &page, &solution, NUMBER)), "a double click");
    let _ = visitor.submit(&code.form("change"), &[]);
    // Without work this message would be free.
    let refused = ask_with(&mut visitor, &page, &solution, OTHER);
    assert!(!is_at_code(&refused));
    assert!(world.messages().iter().all(|message| message.to == NUMBER));
    assert!(is_at_code(&visitor.ask(&refused, OTHER)), "its new work is good");
}

#[test]
fn address_begins_sixty_sessions_in_ten_minutes() {
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    for n in 0..60 {
        visitor.cookies.clear();
        assert_eq!(enter(&mut visitor).status(), 200, "{n}");
    }
    assert_eq!(enter(&mut visitor).status(), 429);
    world.clock.advance(601);
    assert_eq!(enter(&mut visitor).status(), 200);
}

#[test]
fn message_follows_by_itself_unless_the_person_leaves() {
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    let (stays, leaves) = ("+37255500691", "+37255500692");
    let page = enter(&mut visitor);
    assert!(is_at_code(&visitor.ask(&page, stays)));
    let page = enter(&mut visitor);
    let page = visitor.ask(&page, leaves);
    let answer = visitor.submit(&page.form("cancel"), &[]).answer();
    assert_eq!(answer.value("phone"), leaves);
    let pins = [stays, leaves].map(|number| world.inbox.next(number).pin());
    world.clock.advance(31);
    assert_eq!(world.inbox.next(stays).pin(), pins[0], "the same code once more");
    assert_eq!(world.messages().iter().filter(|message| message.to == leaves).count(), 1);
}
