// Runs the scenario of sdk/scenario through the Node library that is installed beside it.
//
// node runner.js SCENARIO_FILE SETTING_FILE
import { readFileSync } from 'node:fs';
import { Case } from './case.js';

const [scenarioFile, settingFile] = process.argv.slice(2);
if (settingFile === undefined) {
  console.error('usage: node runner.js SCENARIO_FILE SETTING_FILE');
  process.exit(2);
}
const { cases } = JSON.parse(readFileSync(scenarioFile, 'utf8'));
const setting = JSON.parse(readFileSync(settingFile, 'utf8'));
// For every number the last message that was given out.
const seen = new Map();

let passed = 0;
let failed = 0;
for (const { name, steps } of cases) {
  try {
    await new Case(setting, seen).run(steps);
    passed += 1;
  } catch (failure) {
    failed += 1;
    console.log(`FAILED ${name}: ${failure.stack}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed === cases.length ? 0 : 1;
