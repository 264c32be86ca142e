//! Runs the scenario of sdk/scenario through the Rust library.
//!
//! Usage: `scenario SCENARIO_FILE SETTING_FILE`

mod beside;
mod case;
mod library;
mod matching;

use std::collections::HashMap;
use std::process::ExitCode;

use serde_json::Value;

use case::Case;

#[tokio::main]
async fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [scenario, setting] = files.as_slice() else {
        eprintln!("usage: scenario SCENARIO_FILE SETTING_FILE");
        return ExitCode::from(2);
    };
    let scenario = read(scenario);
    let setting = read(setting);
    let cases = scenario["cases"].as_array().expect("the scenario has cases");
    // For every number the last message that was given out.
    let mut seen = HashMap::new();
    let mut passed = 0;
    for one in cases {
        let mut case = Case::new(&setting, &mut seen);
        match case.run(&one["steps"]).await {
            Ok(()) => passed += 1,
            Err(failure) => println!("FAILED {}: {failure}", one["name"]),
        }
    }
    println!("{passed} passed, {} failed", cases.len() - passed);
    if passed == cases.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(path: &str) -> Value {
    let text = std::fs::read_to_string(path).expect("the file can be read");
    serde_json::from_str(&text).expect("the file is JSON")
}
