"""The endpoints."""

import hashlib
import json
import time
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import websocket


class Handler(BaseHTTPRequestHandler):
    """One connection; `server` is the App that all of them share."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Head and body of an answer leave together.
    wbufsize = -1

    def handle(self):
        self.close_connection = False
        while not self.close_connection and self.server.stopping.ready_before(self.connection):
            self.handle_one_request()

    def route(self):
        url = urlsplit(self.path)
        action = self.routes.get((self.command, url.path))
        if action is None:
            return self.refuse(404)
        self.query = parse_qs(url.query)
        action(self)

    # The names by which BaseHTTPRequestHandler finds what a method does.
    do_GET = do_POST = do_PUT = route

    def health(self):
        self.answer(200, b"ok\n")

    def page(self):
        version = self.server.version
        text = f"<!doctype html>\n<title>Bench</title>\n<h1>Version {version}</h1>\n"
        self.answer(200, text.encode(), "text/html")

    def add_item(self):
        body = b"".join(self.body())
        try:
            code = json.loads(body)["code"]
        except (ValueError, KeyError, TypeError):
            return self.refuse(400)
        self.answer_json(201, {"id": self.server.items.add(str(code))})

    def items(self):
        rows = self.server.items.all()
        lines = (json.dumps({"id": id, "code": code}) + "\n" for id, code in rows)
        self.answer(200, "".join(lines).encode(), "application/jsonl")

    def upload(self):
        """Stored under its hash: a body of random bytes is a code of its own."""
        size, digest = 0, hashlib.sha256()
        for part in self.body():
            size += len(part)
            digest.update(part)
        sha256 = digest.hexdigest()
        id = self.server.items.add(sha256)
        self.answer_json(201, {"bytes": size, "sha256": sha256, "id": id})

    def slow(self):
        time.sleep(self.seconds(25))
        self.answer(200, b"at last\n")

    def events(self):
        """Chunked, so that a client can tell an answer that was cut from one that ended."""
        self.start(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
        version = self.server.version
        for id in range(1, int(self.seconds(20)) + 1):
            self.send_chunk(f"id: {id}\ndata: {version}\n\n")
            time.sleep(1)
        self.send_chunk(f"event: end\ndata: {version}\n\n")
        self.send_chunk("")

    def echo_websocket(self):
        key = self.headers.get("Sec-WebSocket-Key")
        if key is None or self.headers.get("Upgrade", "").lower() != "websocket":
            return self.refuse(426)
        accept = websocket.accept_of(key)
        self.send_response_only(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        websocket.echo(self.connection, self.server.stopping)

    routes = {
        ("GET", "/health/"): health,
        ("GET", "/"): page,
        ("POST", "/items"): add_item,
        ("GET", "/items"): items,
        ("PUT", "/upload"): upload,
        ("GET", "/slow"): slow,
        ("GET", "/events"): events,
        ("GET", "/ws"): echo_websocket,
    }

    def seconds(self, default):
        return float(self.query.get("seconds", [default])[0])

    def body(self):
        """The body in parts, as it comes. Raises ConnectionError when it is cut: nothing of it is stored then."""
        remaining = int(self.headers.get("Content-Length", 0))
        while remaining > 0:
            part = self.rfile.read1(min(remaining, 65536))
            if not part:
                raise ConnectionError(f"{self.path}: {remaining} bytes of the body did not come")
            remaining -= len(part)
            yield part

    def answer_json(self, status, value):
        self.answer(status, json.dumps(value).encode(), "application/json")

    def answer(self, status, body, content_type="text/plain"):
        self.start(status, {"Content-Type": content_type, "Content-Length": str(len(body))})
        self.wfile.write(body)

    def refuse(self, status):
        """Ends the connection, because a body that nobody reads may follow on it."""
        self.start(status, {"Content-Length": "0", "Connection": "close"})

    def start(self, status, headers):
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.server.stopping.begun:
            self.send_header("Connection", "close")
        self.end_headers()

    def end_headers(self):
        self.send_header("X-App-Version", self.server.version)
        super().end_headers()

    def send_chunk(self, text):
        """An empty one ends the answer."""
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, *_):
        """The gateway logs requests."""
