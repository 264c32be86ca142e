"""An SMSC on PyPI's smpp34, a codec and a session that are not ours. The protocol it speaks on
standard input and output, one JSON object a line, is described in ../README.md.

The library answers binds itself and accepts every one, so the password is not looked at; it shows
no validity and no sequence number, has no TLS, and hands over the messages of one session in any
order. What it cannot do is answered with {"unsupported": …}.
"""

import argparse
import asyncio
import json
import os
import socket
import sys
import time

import smpp34

from alphabet import decode, encode

HOST = "127.0.0.1"
DELIVERED, UNDELIVERABLE = 2, 5
MODES = ("delivered", "failed", "none", "tlv", "hex")
# The statuses the library knows (SMPP 3.4 §5.1.3); every other one it sends as 8.
STATUSES = {
    *range(0x01, 0x09), *range(0x0A, 0x10), 0x11, 0x13, 0x14, 0x15, 0x33, 0x34, 0x40, *range(0x42, 0x46), 0x48, 0x49,
    0x50, 0x51, 0x53, 0x54, 0x55, 0x58, *range(0x61, 0x68), *range(0xC0, 0xC5), 0xFE, 0xFF,
}


class Unsupported(Exception):
    """The library cannot do it."""


def say(**line):
    print(json.dumps(line), flush=True)


def free_port():
    """The library cannot say which port it got, so one is looked for before."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class Smsc:
    def __init__(self, options):
        self.options = options
        self.receipts, self.delay = "delivered", 0.0
        self.every = self.submits = self.ids = 0
        self.refusal = {"status": 0, "count": 0}
        self.hold, self.held = False, []
        self.sessions, self.numbers = {}, {}
        # Tasks that nobody keeps may be collected before they have run.
        self.tasks = set()

    async def serve(self):
        port = self.options.port or free_port()
        server = smpp34.Server(HOST, port, system_id="smpp34")
        await server.start()
        say(event="listening", port=port)
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                self.bound(event)
            elif isinstance(event, smpp34.SubmitSmEvent):
                self.submitted(event)
            elif isinstance(event, smpp34.Unbound):
                self.sessions.pop(event.session_id, None)
                say(event="close", session=self.number(event.session_id))

    def number(self, session_id):
        return self.numbers.setdefault(session_id, len(self.numbers) + 1)

    def bound(self, esme):
        self.sessions[esme.session_id] = esme
        say(event="bind", session=self.number(esme.session_id), system_id=esme.system_id,
            mode=None if esme.can_receive else "transmitter", status=0)

    def status(self):
        if self.refusal["count"] > 0:
            self.refusal["count"] -= 1
            return self.refusal["status"]
        self.submits += 1
        return smpp34.ESME_RTHROTTLED if self.every and self.submits % self.every == 0 else 0

    def submitted(self, event):
        status = self.status()
        number, identifier = 0, None
        if status == 0:
            self.ids += 1
            number = 0x1A2B00 + self.ids
            identifier = f"{number:X}" if self.receipts == "hex" else str(number)
        say(event="submit", session=self.number(event.session_id), status=status, id=identifier,
            **content(event))
        if self.hold:
            self.held.append((event, status, number, identifier))
        else:
            self.answer(event, status, number, identifier)

    def answer(self, event, status, number, identifier):
        if status != 0:
            event.reject(status)
            return
        event.accept(identifier)
        if event.registered_delivery & 3 == 1 and self.receipts != "none":
            receipt = receipt_for(event, number, identifier, self.receipts)
            self.start(self.deliver(event.session_id, receipt, self.delay))

    def start(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def receivers(self):
        return [esme for esme in self.sessions.values() if esme.can_receive]

    async def deliver(self, session_id, message, delay=0.0):
        told, fields = message
        await asyncio.sleep(delay)
        able = self.receivers()
        own = [esme for esme in able if esme.session_id == session_id]
        if not able:
            say(event="undeliverable", **told)
            return
        try:
            answer = await (own or able)[0].deliver_sm(**fields)
            say(event=f"{told.pop('kind')}_answer", **told, status=answer.command_status)
        except smpp34.SmppError as error:
            say(event="error", what=str(error))

    async def obey(self, line):
        try:
            command = json.loads(line)
            name = command["cmd"]
        except (ValueError, TypeError, KeyError):
            say(error="this is no JSON object with cmd", line=line)
            return
        action = getattr(self, f"do_{name}", None)
        if action is None:
            say(unsupported=name)
            return
        try:
            fault = await action(command)
        except Unsupported:
            say(unsupported=name)
            return
        except (KeyError, TypeError) as fault:
            say(error=f"{type(fault).__name__}: {fault}")
            return
        say(**({"error": fault} if fault else {"done": name}))

    async def do_receipts(self, command):
        if command["mode"] not in MODES:
            return f"no mode {command['mode']}"
        self.receipts, self.delay = command["mode"], command.get("delay_ms", 0) / 1000
        return None

    async def do_throttle(self, command):
        self.every, self.submits = command["every"], 0

    async def do_refuse(self, command):
        if command["status"] not in STATUSES:
            raise Unsupported
        self.refusal = {"status": command["status"], "count": command["count"]}

    async def do_hold(self, _command):
        self.hold = True

    async def do_go(self, _command):
        self.hold, held, self.held = False, self.held, []
        for one in held:
            self.answer(*one)

    async def do_mo(self, command):
        if not self.receivers():
            return "no session receives"
        octets, data_coding = encode(command["text"])
        fields = {
            "source_addr": command["from"], "source_addr_ton": 1, "source_addr_npi": 1,
            "destination_addr": command["to"], "short_message": octets, "data_coding": data_coding,
        }
        self.start(self.deliver(None, ({"kind": "mo"}, fields)))
        return None

    async def do_unbind(self, _command):
        # Each waits for its answer.
        for esme in self.sessions.values():
            self.start(esme.unbind())

    async def do_die(self, _command):
        os._exit(1)


def content(event):
    """What a submit_sm says, decoded by the library; texts by `alphabet`."""
    tlvs = {tlv.tag: tlv for tlv in event.tlvs}
    octets, udh = event.short_message, None
    if not octets and smpp34.TLV_MESSAGE_PAYLOAD in tlvs:
        octets = tlvs[smpp34.TLV_MESSAGE_PAYLOAD].value
    if event.esm_class & 0x40 and octets:
        udh, octets = octets[: octets[0] + 1], octets[octets[0] + 1 :]
    sar = [smpp34.TLV_SAR_MSG_REF_NUM, smpp34.TLV_SAR_TOTAL_SEGMENTS, smpp34.TLV_SAR_SEGMENT_SEQNUM]
    return {
        "source": event.source_addr, "source_ton": event.source_addr_ton, "source_npi": event.source_addr_npi,
        "destination": event.destination_addr,
        "destination_ton": event.dest_addr_ton, "destination_npi": event.dest_addr_npi,
        "service_type": event.service_type, "esm_class": event.esm_class, "data_coding": event.data_coding,
        "registered_delivery": event.registered_delivery, "validity": None,
        "udh": udh.hex() if udh else None, "text": decode(octets, event.data_coding),
        "sar": [tlvs[tag].as_int() for tag in sar] if sar[0] in tlvs else None,
    }


def receipt_for(event, number, identifier, mode):
    """Fields of the receipt of a message, and what is said of it when it is answered."""
    failed = mode == "failed"
    told = str(number) if mode == "hex" else identifier
    fields = {
        "source_addr": event.destination_addr, "source_addr_ton": 1, "source_addr_npi": 1,
        "destination_addr": event.source_addr, "dest_addr_ton": event.source_addr_ton,
        "dest_addr_npi": event.source_addr_npi, "esm_class": 0x04,
    }
    if mode == "tlv":
        fields["tlvs"] = [
            smpp34.Tlv(smpp34.TLV_RECEIPTED_MESSAGE_ID, identifier.encode() + b"\0"),
            smpp34.Tlv(smpp34.TLV_MESSAGE_STATE, bytes([DELIVERED])),
        ]
    else:
        now = time.strftime("%y%m%d%H%M", time.gmtime())
        state = "stat:UNDELIV err:001" if failed else "stat:DELIVRD err:000"
        fields["short_message"] = (
            f"id:{told} sub:001 dlvrd:{'000' if failed else '001'} submit date:{now} done date:{now} {state} text:"
        ).encode()
        if failed:
            fields["tlvs"] = [smpp34.Tlv(smpp34.TLV_MESSAGE_STATE, bytes([UNDELIVERABLE]))]
    return {"kind": "receipt", "id": told}, fields


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    # Taken, so that all peers start alike; the library compares neither.
    parser.add_argument("--system-id", default="acct")
    parser.add_argument("--password", default="secret")
    smsc = Smsc(parser.parse_args())
    say(unsupported="password")
    loop = asyncio.get_running_loop()
    serving = loop.create_task(smsc.serve())
    # Whoever started this program holds its input open for as long as it is wanted.
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        if serving.done():
            serving.result()
        await smsc.obey(line.decode())
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
