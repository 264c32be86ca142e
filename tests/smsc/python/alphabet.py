"""What the octets of a message say, by data_coding: the library hands them over as they came."""

# GSM 03.38, index = code; the second table follows an escape (0x1B).
DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}
ESCAPE = 0x1B
LATIN1, UCS2 = 3, 8


def gsm(octets):
    text, escaped = [], False
    for octet in octets:
        if escaped:
            text.append(EXTENSION.get(octet, " "))
            escaped = False
        elif octet == ESCAPE:
            escaped = True
        else:
            text.append(DEFAULT[octet] if octet < len(DEFAULT) else "\N{REPLACEMENT CHARACTER}")
    return "".join(text)


def decode(octets, data_coding):
    if data_coding == UCS2:
        return octets.decode("utf-16-be", "replace")
    return octets.decode("latin-1") if data_coding == LATIN1 else gsm(octets)


def encode(text):
    """Octets and data_coding of a text; UCS-2 for all that is not ASCII."""
    return (text.encode("ascii"), 0) if text.isascii() else (text.encode("utf-16-be"), UCS2)
