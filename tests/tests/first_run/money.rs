//! Balances and the price list.

use crate::failure::{assert_clear, assert_fails};
use ringproof_blackbox::cli::{self, Finished};
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::world::fixture_folder;
use serde_json::{Value, json};
use std::fs;

#[track_caller]
fn credit(folder: &Folder, args: &[&str]) -> Value {
    let args = [&["account", "credit", "--json", "acme-api"], args].concat();
    let told = cli::run(folder, &args).succeeded().stdout;
    serde_json::from_str::<Value>(&told).expect("JSON")["balance"]["amount"].clone()
}

#[test]
fn money_is_added_and_taken_to_the_last_part() {
    let folder = fixture_folder("");
    assert_eq!(credit(&folder, &["700"]), "700.00");
    assert_eq!(credit(&folder, &["7.54001"]), "707.54001");
    assert_eq!(credit(&folder, &["0.00001", "--take"]), "707.54");
    assert_eq!(credit(&folder, &["--", "-7.54"]), "700.00");
    let shown = cli::run(&folder, &["account", "show", "acme-api", "--json"]).succeeded().stdout;
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["balance"], json!({ "amount": "700.00", "reserved": "0.00" }));
    let words = cli::run(&folder, &["account", "show", "acme-api"]).succeeded().stdout;
    assert!(words.contains("700.00 euro"), "{words}");
    let other = cli::run(&folder, &["account", "show", "rival-api"]).succeeded().stdout;
    assert!(!other.contains("balance"), "{other}");
}

#[test]
fn amounts_that_cannot_be_are_refused_and_change_nothing() {
    let folder = fixture_folder("");
    assert_eq!(credit(&folder, &["5"]), "5.00");
    let refused: [(&[&str], &str); 6] = [
        (&["acme-api", "5,5"], "euro"),
        (&["acme-api", "0.000001"], "five decimals"),
        (&["acme-api", "99999999999999999999"], "smaller"),
        (&["acme-api", "5.01", "--take"], "5.00"),
        (&["acme-api", "--take", "--", "-1"], "minus"),
        (&["nobody-api", "5"], "nobody-api"),
    ];
    for (args, named) in refused {
        assert_fails(&folder, &[&["account", "credit"], args].concat(), &[named]);
    }
    assert_eq!(credit(&folder, &["0"]), "5.00");
}

const PRICES: &str = "Country,Code,MCCMNC,Network,Price\n\
                      Estonia,EE,24801,Telia,0.06\n\
                      Estonia,EE,24802,\"Elisa, Ltd\",0.05999\r\n\
                      Finland,FI,,,0.07\n";

fn import(folder: &Folder, text: &str) -> Finished {
    let file = folder.root().join("prices.csv");
    fs::write(&file, text).expect("our own file can be written");
    cli::run(folder, &["prices", "import", &file.display().to_string()])
}

fn list(folder: &Folder) -> Vec<Value> {
    let told = cli::run(folder, &["prices", "list", "--json"]).succeeded().stdout;
    serde_json::from_str(&told).expect("JSON")
}

#[test]
fn a_price_list_replaces_the_one_before() {
    let folder = fixture_folder("");
    assert_eq!(list(&folder), Vec::<Value>::new());
    let told = import(&folder, PRICES).succeeded().stdout;
    assert_eq!(told.trim(), "imported prices: 3, in countries: 2");
    let prices = list(&folder);
    assert_eq!(prices.len(), 3);
    let elisa =
        json!({ "country": "EE", "mccmnc": "24802", "network": "Elisa, Ltd", "price": "0.05999" });
    assert!(prices.contains(&elisa), "{prices:?}");
    let words = cli::run(&folder, &["prices", "list"]).succeeded().stdout;
    assert!(
        words.lines().any(|line| line.starts_with("FI  all") && line.contains("0.07000")),
        "{words}"
    );

    let one = "\u{feff}Country,Code,MCCMNC,Network,Price\nLatvia,LV,,,1\n";
    let told = cli::run_with_input(&folder, &["prices", "import", "-", "--json"], one).succeeded();
    let told: Value = serde_json::from_str(&told.stdout).expect("JSON");
    assert_eq!(told, json!({ "countries": 1, "prices": 1 }));
    assert_eq!(list(&folder).len(), 1);
}

#[test]
fn a_price_list_with_a_mistake_changes_nothing() {
    let folder = fixture_folder("");
    let _ = import(&folder, PRICES).succeeded();
    for (line, named) in [
        ("Estonia,EST,,,1", "Code"),
        ("Estonia,EE,24801,Telia,1", "line 2"),
        ("Estonia,EE,1,Telia,1", "MCCMNC"),
        ("Estonia,EE,,,1.000001", "five decimals"),
        ("Estonia,EE,,", "fields"),
        ("Estonia,EE,24803,\"Tele2,1", "quote"),
    ] {
        assert_clear(
            &import(&folder, &format!("{PRICES}{line}\n")),
            &["line 5", named, "nothing was imported"],
        );
    }
    let two = import(&folder, &format!("{PRICES}Latvia,L,,,1\nLatvia,LV,,,x\n"));
    assert_eq!(two.code, Some(1), "{two:#?}");
    for told in ["2 mistakes", "line 5: Code", "line 6: Price"] {
        assert!(two.stderr.contains(told), "{told}: {two:#?}");
    }
    assert_clear(&import(&folder, "Latvia,LV,,,1\n"), &["line 1", "header"]);
    assert_fails(&folder, &["prices", "import", "/nowhere/prices.csv"], &["/nowhere/prices.csv"]);
    assert_eq!(list(&folder).len(), 3);
}

#[test]
fn a_wrong_price_list_makes_no_data_folder() {
    let folder = Folder::with_config("");
    assert_clear(&import(&folder, "x\n"), &["line 1"]);
    assert!(!folder.data().exists());
}
