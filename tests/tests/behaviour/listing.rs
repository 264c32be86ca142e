//! Parts of a list (`verigator-api.md` section 5.8).

use ringproof_blackbox::caller::users;
use ringproof_blackbox::world::World;
use serde_json::{Value, json};

/// A world with five users in S4, and the whole list of them.
fn five_users() -> (World, Vec<Value>) {
    let world = World::fresh();
    for n in 0..5 {
        world.a.new_user(world.s4, &format!("user {n}"), "+37255500124");
    }
    // Users made in the same millisecond are in the order of their ids.
    let all = world.a.get(&users(world.s4)).expect(200).json["users"].clone();
    let all = all.as_array().expect("`users` is an array").clone();
    assert_eq!(all.len(), 5);
    (world, all)
}

#[test]
fn limit_and_offset_give_a_part_and_still_the_total() {
    let (world, all) = five_users();
    let parts = [
        ("?limit=2&offset=1", 1..3),
        ("?limit=2", 0..2),
        ("?offset=3", 3..5),
        ("?offset=5", 5..5),
        ("?limit=100&offset=4", 4..5),
        ("?unknown=1", 0..5),
    ];
    for (query, part) in parts {
        let list = world.a.get(&format!("{}{query}", users(world.s4))).expect(200).json;
        assert_eq!(list["users"], json!(all[part.clone()]), "{query}");
        assert_eq!((&list["count"], &list["total"]), (&json!(part.len()), &json!(5)), "{query}");
    }
}

#[test]
fn limit_and_offset_that_are_no_numbers_are_refused() {
    let (world, _) = five_users();
    for query in
        ["?limit=x", "?limit=-1", "?offset=1.5", "?limit=", "?offset=99999999999999999999999"]
    {
        let answer = world.a.get(&format!("{}{query}", users(world.s4)));
        assert_eq!(answer.status, 422, "{query}: {answer:?}");
    }
}
