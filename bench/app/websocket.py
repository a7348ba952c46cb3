"""A WebSocket echo, RFC 6455."""

import base64
import hashlib
import struct

# Section 1.3.
KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

# Sections 5.2 and 7.4.1.
CLOSE, PING, PONG = 0x8, 0x9, 0xA
GOING_AWAY, PROTOCOL_ERROR, TOO_BIG = 1001, 1002, 1009

MAX_PAYLOAD = 1_000_000
# For the client to answer a close frame.
CLOSE_SECONDS = 5


def accept_of(key):
    """The value of Sec-WebSocket-Accept."""
    return base64.b64encode(hashlib.sha1((key + KEY_SUFFIX).encode()).digest()).decode()


def echo(connection, stopping):
    """Returns when the client has closed, or answered the close frame that says that the server goes away."""
    while stopping.ready_before(connection):
        frame = read_frame(connection)
        if frame is None:
            return
        first, payload = frame
        opcode = first & 0xF
        if opcode == CLOSE:
            return send_frame(connection, first, payload)
        if opcode == PING:
            send_frame(connection, 0x80 | PONG, payload)
        elif opcode != PONG:
            # As it came, with FIN and opcode: the fragments of a message make the same message again.
            send_frame(connection, first, payload)
    close(connection, GOING_AWAY)


def close(connection, code):
    """
    Waits for the client's close frame. Ending the connection while a message of the client's is on its way
    would reset it, and the reset can overtake the close frame.
    """
    send_frame(connection, 0x80 | CLOSE, struct.pack("!H", code))
    connection.settimeout(CLOSE_SECONDS)
    try:
        while frame := read_frame(connection):
            if frame[0] & 0xF == CLOSE:
                return
    except TimeoutError:
        return


def read_frame(connection):
    """First byte and unmasked payload of the next frame; None when there is none that this server takes."""
    head = receive(connection, 2)
    if head is None:
        return None
    first, second = head
    masked, length = second & 0x80, second & 0x7F
    if length > 125:
        extended = receive(connection, 2 if length == 126 else 8)
        if extended is None:
            return None
        length = int.from_bytes(extended)
    if not masked or length > MAX_PAYLOAD:
        send_frame(connection, 0x80 | CLOSE, struct.pack("!H", TOO_BIG if masked else PROTOCOL_ERROR))
        return None
    body = receive(connection, 4 + length)
    return None if body is None else (first, unmask(body[:4], body[4:]))


def receive(connection, count):
    """Exactly that many bytes; None when the client has ended the connection before."""
    received = b""
    while len(received) < count:
        part = connection.recv(count - len(received))
        if not part:
            return None
        received += part
    return received


def unmask(mask, payload):
    size = len(payload)
    repeated = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(repeated)).to_bytes(size)


def send_frame(connection, first, payload):
    size = len(payload)
    if size < 126:
        head = bytes((first, size))
    elif size < 65536:
        head = struct.pack("!BBH", first, 126, size)
    else:
        head = struct.pack("!BBQ", first, 127, size)
    connection.sendall(head + payload)
