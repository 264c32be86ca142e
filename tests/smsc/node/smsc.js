'use strict';
// An SMSC on npm's `smpp`, a codec that is not ours. The protocol it speaks on standard input and
// output, one JSON object a line, is described in ../README.md.

const fs = require('node:fs');
const readline = require('node:readline');
const { parseArgs } = require('node:util');
const smpp = require('smpp');

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'system-id': { type: 'string', default: 'acct' },
    password: { type: 'string', default: 'secret' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
  },
});

// The library would turn a period into a date; what came over the wire is what is recorded.
delete smpp.commands.submit_sm.params.validity_period.filter;

const OK = 0;
const INVALID_BIND_STATUS = 4;
const INVALID_PASSWORD = 0x0e;
const INVALID_SYSTEM_ID = 0x0f;
const THROTTLED = 0x58;
const DELIVERED = 2;
const UNDELIVERABLE = 5;

const behaviour = { receipts: 'delivered', delay: 0, throttleEvery: 0, refuse: null, refuseBind: null, hold: false };
const sessions = new Set();
const held = [];
let sessionsMade = 0;
let submitsSeen = 0;
let idsMade = 0;

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Takes one from a refusal that is meant for so many; its status, 0 when it is used up. */
function takeRefusal(name) {
  const refusal = behaviour[name];
  if (!refusal || refusal.count === 0) return OK;
  refusal.count -= 1;
  return refusal.status;
}

function statusOfSubmit(session) {
  if (!session.mode || session.mode === 'receiver') return INVALID_BIND_STATUS;
  const refused = takeRefusal('refuse');
  if (refused !== OK) return refused;
  submitsSeen += 1;
  return behaviour.throttleEvery > 0 && submitsSeen % behaviour.throttleEvery === 0 ? THROTTLED : OK;
}

/** What a submit_sm says, decoded by the library. */
function submitOf(pdu) {
  const body = pdu.short_message ?? {};
  const udh = (body.udh ?? []).map((element) => Buffer.from(element));
  const message = body.message?.length ? body.message : (pdu.message_payload?.message ?? body.message ?? '');
  return {
    source: pdu.source_addr, source_ton: pdu.source_addr_ton, source_npi: pdu.source_addr_npi,
    destination: pdu.destination_addr, destination_ton: pdu.dest_addr_ton, destination_npi: pdu.dest_addr_npi,
    service_type: pdu.service_type, esm_class: pdu.esm_class, data_coding: pdu.data_coding,
    registered_delivery: pdu.registered_delivery, validity: pdu.validity_period,
    udh: udh.length === 0 ? null : Buffer.concat([Buffer.from([Buffer.concat(udh).length]), ...udh]).toString('hex'),
    // What the library does not decode it leaves as octets; each becomes the character of its value.
    text: Buffer.isBuffer(message) ? message.toString('latin1') : message,
    sar: pdu.sar_msg_ref_num === undefined
      ? null : [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum],
  };
}

/** The time as receipts write it, YYMMDDhhmm. */
const stamp = () => new Date().toISOString().replace(/\D/g, '').slice(2, 12);

/** A session that may be sent messages: the one given while it lives, else any other. */
function receiverFor(session) {
  const canReceive = (one) => sessions.has(one) && one.mode && one.mode !== 'transmitter';
  return canReceive(session) ? session : [...sessions].find(canReceive);
}

function deliver(session, fields, recorded) {
  const receiver = receiverFor(session);
  if (!receiver) return say({ event: 'undeliverable', ...recorded });
  return receiver.deliver_sm(fields, (answer) => say({ ...recorded, status: answer.command_status }));
}

function sendReceipt(session, submit, number, id) {
  const failed = behaviour.receipts === 'failed';
  const receiptId = behaviour.receipts === 'hex' ? String(number) : id;
  const fields = {
    source_addr: submit.destination, source_addr_ton: 1, source_addr_npi: 1,
    destination_addr: submit.source, dest_addr_ton: submit.source_ton, dest_addr_npi: submit.source_npi,
    esm_class: 0x04,
  };
  if (behaviour.receipts === 'tlv') {
    Object.assign(fields, { short_message: '', receipted_message_id: id, message_state: DELIVERED });
  } else {
    const counts = `sub:001 dlvrd:${failed ? '000' : '001'} submit date:${stamp()} done date:${stamp()}`;
    const state = failed ? 'stat:UNDELIV err:001' : 'stat:DELIVRD err:000';
    fields.short_message = `id:${receiptId} ${counts} ${state} text:`;
    if (failed) fields.message_state = UNDELIVERABLE;
  }
  deliver(session, fields, { event: 'receipt_answer', id: receiptId });
}

function answerSubmit(session, pdu) {
  const status = statusOfSubmit(session);
  const submit = submitOf(pdu);
  let id = null;
  let number = 0;
  if (status === OK) {
    idsMade += 1;
    number = 0x1a2b00 + idsMade;
    id = behaviour.receipts === 'hex' ? number.toString(16).toUpperCase() : String(number);
  }
  say({ event: 'submit', session: session.number, sequence: pdu.sequence_number, status, id, ...submit });
  const answer = () => {
    session.send(pdu.response({ command_status: status, message_id: id ?? '' }));
    const wanted = (submit.registered_delivery & 3) === 1;
    if (status === OK && wanted && behaviour.receipts !== 'none') {
      setTimeout(sendReceipt, behaviour.delay, session, submit, number, id);
    }
  };
  if (behaviour.hold) held.push(answer);
  else answer();
}

function answerBind(session, pdu, mode) {
  let status = takeRefusal('refuseBind');
  if (status === OK && pdu.system_id !== options['system-id']) status = INVALID_SYSTEM_ID;
  if (status === OK && pdu.password !== options.password) status = INVALID_PASSWORD;
  if (status === OK) session.mode = mode;
  say({
    event: 'bind', session: session.number, mode, system_id: pdu.system_id, system_type: pdu.system_type,
    version: pdu.interface_version, status,
  });
  session.send(pdu.response({ command_status: status, system_id: 'npm-smpp', sc_interface_version: 0x34 }));
}

function begin(session) {
  sessionsMade += 1;
  session.number = sessionsMade;
  sessions.add(session);
  for (const mode of ['transmitter', 'receiver', 'transceiver']) {
    session.on(`bind_${mode}`, (pdu) => answerBind(session, pdu, mode));
  }
  session.on('submit_sm', (pdu) => answerSubmit(session, pdu));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unknown', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    say({ event: 'unbind', session: session.number });
    session.send(pdu.response());
    session.close();
  });
  session.on('error', (error) => {
    say({ event: 'error', session: session.number, what: String(error.message) });
    session.destroy();
  });
  session.on('close', () => {
    sessions.delete(session);
    say({ event: 'close', session: session.number });
  });
}

const commands = {
  receipts: ({ mode, delay_ms: delay = 0 }) => {
    if (!['delivered', 'failed', 'none', 'tlv', 'hex'].includes(mode)) return { error: `no mode ${mode}` };
    return Object.assign(behaviour, { receipts: mode, delay }) && null;
  },
  throttle: ({ every }) => { [behaviour.throttleEvery, submitsSeen] = [every, 0]; },
  refuse: ({ status, count }) => { behaviour.refuse = { status, count }; },
  refuse_bind: ({ status, count }) => { behaviour.refuseBind = { status, count }; },
  hold: () => { behaviour.hold = true; },
  go: () => {
    behaviour.hold = false;
    held.splice(0).forEach((answer) => answer());
  },
  mo: ({ from, to, text }) => {
    if (!receiverFor(null)) return { error: 'no session receives' };
    return deliver(null, {
      source_addr: from, source_addr_ton: 1, source_addr_npi: 1, destination_addr: to, short_message: text,
    }, { event: 'mo_answer' });
  },
  unbind: () => sessions.forEach((session) => session.unbind(() => {
    say({ event: 'unbind_answer', session: session.number });
    session.close();
  })),
  drop: () => sessions.forEach((session) => session.destroy()),
  die: () => process.exit(1),
};

function obey(line) {
  let command;
  try {
    command = JSON.parse(line);
  } catch {
    return say({ error: 'this is no JSON object', line });
  }
  if (!Object.hasOwn(commands, command?.cmd)) return say({ unsupported: command?.cmd ?? line });
  const refusal = commands[command.cmd](command);
  return say(refusal?.error ? refusal : { done: command.cmd });
}

const tls = options['tls-cert']
  ? { cert: fs.readFileSync(options['tls-cert']), key: fs.readFileSync(options['tls-key']) } : {};
const server = smpp.createServer(tls, begin);
server.on('tlsClientError', (error) => say({ event: 'tls_error', what: error.code ?? error.message }));
server.listen(Number(options.port), '127.0.0.1', () => say({ event: 'listening', port: server.address().port }));
// Whoever started this program holds its input open for as long as it is wanted.
readline.createInterface({ input: process.stdin }).on('line', obey).on('close', () => process.exit(0));
