//! What an account has: made, changed, shown, added to by the configuration, and looked at by the doctor.

use crate::failure::assert_fails;
use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::world::{fixture_folder, new_account};
use serde_json::{Value, json};

#[track_caller]
fn shown(folder: &Folder, name: &str) -> Value {
    let told = cli::run(folder, &["account", "show", name, "--json"]).succeeded().stdout;
    serde_json::from_str(&told).expect("JSON")
}

#[track_caller]
fn set(folder: &Folder, options: &[&str]) -> Value {
    let args = [&["account", "set", "shop-api"], options, &["--json"]].concat();
    serde_json::from_str(&cli::run(folder, &args).succeeded().stdout).expect("JSON")
}

#[test]
fn a_new_account_has_the_defaults_that_its_help_names() {
    let folder = Folder::with_config("");
    new_account(&folder, "shop-api", &["--countries", "EE,FI"]);
    new_account(&folder, "old-api", &["--countries", "all", "--compat"]);
    let shop = shown(&folder, "shop-api");
    for (key, value) in [
        ("home_country", json!("EE")),
        ("senders", json!([])),
        ("number_profile", json!("standard")),
        ("trust_cookies", json!(false)),
        ("query_credentials", json!(true)),
        ("address_limits", json!(false)),
        ("report_url", Value::Null),
        ("balance", Value::Null),
        ("sms_per_hour", Value::Null),
        ("country_sms_per_day", Value::Null),
    ] {
        assert_eq!(shop[key], value, "{key}");
    }
    let old = shown(&folder, "old-api");
    assert_eq!(old["home_country"], Value::Null);
    assert_eq!(
        (&old["number_profile"], &old["trust_cookies"]),
        (&json!("short-when-asked"), &json!(true))
    );
}

#[test]
fn what_is_given_at_create_is_kept_and_shown() {
    let folder = Folder::with_config("");
    let options = [
        "--countries=EE,FI",
        "--sender=ExampleCo,12345",
        "--sender=Shop",
        "--home-country=FI",
        "--number-profile=legacy-short",
        "--trust-cookies=on",
        "--query-credentials=off",
        "--address-limits=on",
        "--report-url=https://shop.example/reports",
        "--limit=sms_per_hour=70",
        "--limit=country_sms_per_day=7",
    ];
    new_account(&folder, "shop-api", &options);
    let shop = shown(&folder, "shop-api");
    for (key, value) in [
        ("senders", json!(["ExampleCo", "12345", "Shop"])),
        ("home_country", json!("FI")),
        ("number_profile", json!("legacy-short")),
        ("trust_cookies", json!(true)),
        ("query_credentials", json!(false)),
        ("address_limits", json!(true)),
        ("report_url", json!("https://shop.example/reports")),
        ("sms_per_hour", json!(70)),
        ("country_sms_per_day", json!(7)),
    ] {
        assert_eq!(shop[key], value, "{key}");
    }
    let words = cli::run(&folder, &["account", "show", "shop-api"]).succeeded().stdout;
    for line in ["ExampleCo, 12345, Shop", "legacy-short", "https://shop.example/reports"] {
        assert!(words.contains(line), "{line} is not in\n{words}");
    }
}

#[test]
fn set_changes_only_what_is_named() {
    let folder = Folder::with_config("");
    new_account(&folder, "shop-api", &["--countries", "EE", "--sender", "Shop"]);
    let shop = set(&folder, &["--senders", "A,B", "--home-country", "none"]);
    assert_eq!((&shop["senders"], &shop["home_country"]), (&json!(["A", "B"]), &Value::Null));
    let shop = set(&folder, &["--report-url", "http://shop.example/r"]);
    assert_eq!(shop["senders"], json!(["A", "B"]));
    let shop = set(&folder, &["--senders", "server", "--report-url", "none"]);
    assert_eq!((&shop["senders"], &shop["report_url"]), (&json!([]), &Value::Null));
}

#[test]
fn compat_moves_profile_and_cookies_unless_they_are_named() {
    let folder = Folder::with_config("");
    new_account(&folder, "shop-api", &["--countries", "EE"]);
    let pair = |shop: &Value| (shop["number_profile"].clone(), shop["trust_cookies"].clone());
    let shop = set(&folder, &["--compat", "on"]);
    assert_eq!(pair(&shop), (json!("short-when-asked"), json!(true)));
    let shop = set(&folder, &["--compat", "off", "--trust-cookies", "on"]);
    assert_eq!(pair(&shop), (json!("standard"), json!(true)));
    let shop = set(&folder, &["--compat", "on", "--number-profile", "standard"]);
    assert_eq!(pair(&shop), (json!("standard"), json!(true)));
}

#[test]
fn values_of_an_account_that_make_no_sense_are_refused_with_what_to_write() {
    let folder = fixture_folder("");
    let refused: [(&[&str], &str); 8] = [
        (&["--senders", "TwelveLetter"], "up to 11 letters"),
        (&["--senders", "A,A"], "twice"),
        (&["--home-country", "Estonia"], "two letters"),
        (&["--number-profile", "short"], "legacy-short"),
        (&["--trust-cookies", "yes"], "on, off"),
        (&["--report-url", "shop.example"], "https://"),
        (&["--limit", "country_sms_per_day=0"], "1 to 1000000000"),
        (&["--limit", "sms_per_month=3"], "sms_per_hour"),
    ];
    for (options, remedy) in refused {
        let finished = cli::run(&folder, &[&["account", "set", "acme-api"], options].concat());
        assert_eq!(finished.code, Some(2), "{options:?}: {finished:#?}");
        assert!(finished.stderr.contains(remedy), "{options:?}: {finished:#?}");
    }
    let strict = Folder::copy_of(&folder, "[reports]\nallow_http = false\n");
    assert_fails(
        &strict,
        &["account", "set", "acme-api", "--report-url", "http://shop.example/"],
        &["https", "reports.allow_http"],
    );
}

#[test]
fn a_sender_that_looks_like_one_of_another_account_is_refused() {
    let config = "[[account]]\nname = \"bank-api\"\nsenders = [\"MyBank\"]\n";
    let folder = Folder::with_config(config);
    new_account(&folder, "shop-api", &["--countries", "EE", "--sender", "ExampleCo,12345"]);
    new_account(&folder, "rival-api", &["--countries", "EE", "--sender", "Rival"]);
    let set = ["account", "set", "rival-api", "--senders"];
    let create = ["account", "create", "new-api", "--countries=EE", "--sender"];
    let remedy = ["choose another", "of one company"];
    for (sender, twin, account) in [
        ("EXAMPLEC0", "people cannot tell \"EXAMPLEC0\" from \"ExampleCo\"", "shop-api"),
        ("Fine,Example-Co", "people cannot tell \"Example-Co\" from \"ExampleCo\"", "shop-api"),
        ("12345", "\"12345\" is already a sender", "shop-api"),
        (
            "rnyBank",
            "people cannot tell \"rnyBank\" from \"MyBank\"",
            "bank-api in the configuration",
        ),
    ] {
        let whose = format!("a sender of the account {account}: ");
        let told = [twin, &whose, remedy[0], remedy[1]];
        assert_fails(&folder, &[&set[..], &[sender]].concat(), &told);
        assert_fails(&folder, &[&create[..], &[sender]].concat(), &told);
    }
    assert_eq!(shown(&folder, "rival-api")["senders"], json!(["Rival"]), "nothing was written");
    assert_fails(&folder, &["account", "show", "new-api"], &["there is no account new-api"]);
    let stranger = [&set[..], &["EXAMPLEC0", "--same-company", "bank-api"]].concat();
    assert_fails(&folder, &stranger, &["add --same-company shop-api"]);
    let slip = ["account", "set", "shpo-api", "--senders", "ExampleCo"];
    assert_fails(&folder, &slip, &["there is no account shpo-api"]);

    let sister = [&set[..], &["EXAMPLEC0,MyBank", "--same-company", "bank-api,shop-api"]].concat();
    let _ = cli::run(&folder, &sister).succeeded();
    assert_eq!(shown(&folder, "rival-api")["senders"], json!(["EXAMPLEC0", "MyBank"]));
    new_account(
        &folder,
        "new-api",
        &["--countries=EE", "--sender=12345", "--same-company", "shop-api"],
    );
    assert_eq!(shown(&folder, "new-api")["senders"], json!(["12345"]));
    let own = ["account", "set", "shop-api", "--senders", "Shop,SH0P"];
    let _ = cli::run(&folder, &own).succeeded();
}

#[test]
fn the_configuration_says_which_accounts_are_of_one_company() {
    let shop = "[[account]]\nname = \"shop-api\"\nsenders = [\"ExampleCo\"]\n";
    let test = "[[account]]\nname = \"test-api\"\nsenders = [\"EXAMPLEC0\"]\n";
    let folder = Folder::with_config(&format!("{shop}{test}"));
    let told = ["account.test-api.senders", "of the account shop-api", "same_company"];
    for args in [&["config", "check"][..], &["serve", "--dev", "--listen", "127.0.0.1:0"]] {
        assert_fails(&folder, args, &told);
    }
    assert!(!folder.data().exists(), "nothing is made before the configuration is right");

    folder.write_config(&format!("{shop}same_company = [\"test-api\"]\n{test}"));
    let _ = cli::run(&folder, &["config", "check"]).succeeded();
    new_account(&folder, "test-api", &["--countries", "EE", "--sender", "ExampleCo"]);
    new_account(&folder, "shop-api", &["--countries", "EE"]);
    let doctor = |folder: &Folder| cli::run(folder, &["doctor"]).stdout;
    let told = doctor(&folder);
    assert!(told.contains("EXAMPLEC0") && !told.contains("cannot tell"), "{told}");

    // What a block adds beside accounts of the database only the doctor sees; whom it knows as sisters hides nobody.
    new_account(&folder, "bank-api", &["--countries", "EE", "--sender", "MyBank"]);
    new_account(&folder, "rival-api", &["--countries", "EE"]);
    let rival = "[[account]]\nname = \"rival-api\"\nsenders = [\"MYBANK\"]\n";
    folder.write_config(&format!("{shop}same_company = [\"test-api\"]\n{test}{rival}"));
    let told = doctor(&folder);
    let warned =
        "people cannot tell these apart: MYBANK of rival-api; MyBank of bank-api. Change one";
    assert!(told.contains(warned), "{told}");
}

#[test]
fn the_doctor_speaks_of_senders_prices_and_accounts_that_are_not_there() {
    let folder = fixture_folder("");
    let doctor = |folder: &Folder| {
        let report = cli::run(folder, &["doctor"]);
        assert!(!report.stderr.contains("panicked"), "{report:#?}");
        report.stdout
    };
    let line = |told: &str, name: &str| {
        let found = told.lines().find(|line| line.get(5..).is_some_and(|l| l.starts_with(name)));
        found.unwrap_or_else(|| panic!("no line about {name}:\n{told}")).to_owned()
    };
    let told = doctor(&folder);
    assert!(line(&told, "senders").starts_with("ok"), "{told}");
    assert!(!told.contains("prices") && !told.contains("named accounts"), "{told}");

    let _ = cli::run(&folder, &["account", "credit", "acme-api", "0"]).succeeded();
    let _ =
        cli::run(&folder, &["account", "set", "acme-api", "--senders", "ExampleCo"]).succeeded();
    let rival = ["account", "set", "rival-api", "--senders", "EXAMPLEC0"];
    let allowed = [&rival[..], &["--same-company", "acme-api"]].concat();
    let _ = cli::run(&folder, &allowed).succeeded();
    let config = "[[account]]\nname = \"acme-api\"\n[[account]]\nname = \"acne-api\"\n[[inbound]]\nnumber = \"1234\"\n\
                  account = \"ghost\"\nurl = \"https://shop.example/\"\nsecret_file = \"/nowhere\"\n";
    folder.write_config(config);
    let told = doctor(&folder);
    let prices = line(&told, "prices");
    assert!(
        prices.starts_with("BAD") && prices.contains("acme-api") && prices.contains("import"),
        "{told}"
    );
    let senders = line(&told, "senders");
    assert!(senders.starts_with("warn") && senders.contains("EXAMPLEC0"), "{told}");
    let named = line(&told, "named accounts");
    assert!(named.starts_with("BAD"), "{told}");
    assert!(
        named.contains("acne-api in [[account]]") && named.contains("ghost in [[inbound]]"),
        "{told}"
    );
    assert!(told.contains("/nowhere"), "a secret file that is not there is named: {told}");
}
