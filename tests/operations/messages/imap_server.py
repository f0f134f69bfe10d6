"""A real IMAP server over TLS in this process: one inbox, as much of RFC 9051 as reading it takes."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import socketserver
import ssl
import threading
from email import message_from_bytes
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "bounces", "three small boats"


class ImapServer:
    """`mails` is the inbox, in order; `seen` are the positions (from 1) that were marked as read."""

    def __init__(self, folder: Path) -> None:
        self.mails: list[bytes] = []
        self.seen: set[int] = set()
        self.fetched: list[int] = []
        self.sign_ins = 0
        self.certificate = folder / "imap.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(self.certificate))
        owner = self

        class Handler(socketserver.StreamRequestHandler):
            def setup(self) -> None:
                self.request = context.wrap_socket(self.request, server_side=True)
                super().setup()

            def handle(self) -> None:
                self.wfile.write(b"* OK ready\r\n")
                while line := self.rfile.readline():
                    tag, _, command = line.decode().strip().partition(" ")
                    for answer in owner.answer(command):
                        self.wfile.write(answer if answer.startswith(b"*") else tag.encode() + b" " + answer)
                    if command.upper().startswith("LOGOUT"):
                        return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that refuses the certificate is no failure of the server."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, command: str) -> list[bytes]:
        """What one command is answered: lines with a star, and the tagged one last."""
        words = command.upper().split()
        if words[0] == "CAPABILITY":
            return [b"* CAPABILITY IMAP4rev1\r\n", b"OK done\r\n"]
        if words[0] == "LOGIN":
            self.sign_ins += 1
            good = command.split(" ", 1)[1].replace('"', "") == f"{USER} {PASSWORD}"
            return [b"OK in\r\n" if good else b"NO no such login\r\n"]
        if words[0] in ("SELECT", "EXAMINE"):
            return [f"* {len(self.mails)} EXISTS\r\n".encode(), b"OK open\r\n"]
        if words[:2] == ["UID", "SEARCH"]:
            return [b"* SEARCH " + " ".join(map(str, self._search(command))).encode() + b"\r\n", b"OK done\r\n"]
        if words[:2] == ["UID", "FETCH"]:
            number, raw = int(words[2]), self.mails[int(words[2]) - 1]
            self.fetched.append(number)
            head = f"* {number} FETCH (UID {number} BODY[]<0> {{{len(raw)}}}\r\n".encode()
            return [head + raw + b")\r\n", b"OK done\r\n"]
        if words[:2] == ["UID", "STORE"]:
            self.seen.add(int(words[2]))
        return [b"OK done\r\n"]

    def _search(self, command: str) -> list[int]:
        found = re.search(r"UNSEEN HEADER Content-Type (\S+)", command)
        assert found is not None, command
        wanted = found[1].strip('"')
        return [
            number
            for number, raw in enumerate(self.mails, 1)
            if number not in self.seen and wanted in (message_from_bytes(raw)["Content-Type"] or "")
        ]


def _certificate(path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + plain)
    return path
