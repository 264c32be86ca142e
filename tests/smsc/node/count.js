// Says what texts take by the reckoning of npm's `sms-segments-calculator`.
// Standard input: one text in each line, as JSON. Standard output: `GSM 2` for each.
'use strict';

const { createInterface } = require('node:readline');
const { SegmentedMessage } = require('sms-segments-calculator');

createInterface({ input: process.stdin, crlfDelay: Infinity }).on('line', (line) => {
  const counted = new SegmentedMessage(JSON.parse(line), 'auto');
  const alphabet = counted.encodingName === 'GSM-7' ? 'GSM' : 'UCS2';
  process.stdout.write(`${alphabet} ${counted.segmentsCount}\n`);
});
