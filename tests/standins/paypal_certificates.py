"""Who signs PayPal's webhooks: certificates of an authority of its own, made at the start, and shown over HTTPS."""
from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

NAME = "messageverificationcerts.paypal.com"
AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
# How each signer is made: whether its chain ends at the root that others trust, and the name that it bears.
SIGNERS = {"good": ("root", NAME), "other_root": ("stranger", NAME), "misnamed": ("root", "www.paypal.example"),
           "alone": ("", NAME)}


def openssl(*words: str, sent: bytes = b"") -> bytes:
    """What the command line tool answers."""
    done = subprocess.run(["openssl", *words], input=sent, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(words)}: {done.stderr.decode(errors='replace')}")
    return done.stdout


class Certificates:
    """Files of a folder: NAME.key and NAME.pem, which has those of its issuers behind it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.signer = ""
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "server.pem").exists():
            self.root("root")
            self.issue("server", "root", "subjectAltName=IP:127.0.0.1,DNS:localhost\n", "localhost", ec=True)
        self.count = len(list(folder.glob("CERT-*.pem")))
        self.choose("good")

    def path(self, name: str, kind: str) -> str:
        """A file."""
        return str(self.folder / f"{name}.{kind}")

    def request(self, name: str, common_name: str, ec: bool) -> bytes:
        """A new key, and the request for its certificate."""
        kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256") if ec else ("-newkey", "rsa:2048")
        return openssl("req", *kind, "-nodes", "-keyout", self.path(name, "key"), "-subj", f"/CN={common_name}")

    def root(self, name: str) -> None:
        """An authority, and one under it that issues."""
        sent = self.request(name, f"Stand-in {name}", ec=True)
        terms = Path(self.path(name, "terms"))
        terms.write_text(AUTHORITY, encoding="ascii")
        made = openssl("x509", "-req", "-signkey", self.path(name, "key"), "-days", "3650", "-extfile", str(terms),
                       sent=sent)
        Path(self.path(name, "pem")).write_bytes(made)
        self.issue(f"{name}-issuer", name, AUTHORITY, f"Stand-in {name} issuer", ec=True, issuer=name)

    def issue(self, name: str, root: str, terms: str, common_name: str, ec: bool = False, issuer: str = "") -> None:
        """A certificate under an authority."""
        issuer = issuer or f"{root}-issuer"
        file = Path(self.path(name, "terms"))
        file.write_text(terms, encoding="ascii")
        made = openssl("x509", "-req", "-CA", self.path(issuer, "pem"), "-CAkey", self.path(issuer, "key"),
                       "-CAcreateserial", "-days", "365", "-extfile", str(file),
                       sent=self.request(name, common_name, ec))
        behind = b"" if issuer == root else Path(self.path(issuer, "pem")).read_bytes()
        Path(self.path(name, "pem")).write_bytes(made + behind)

    def choose(self, kind: str) -> None:
        """A new one signs from now on."""
        root, common_name = SIGNERS[kind]
        self.count += 1
        self.signer = f"CERT-{self.count:08x}"
        if root and not Path(self.path(root, "pem")).exists():
            self.root(root)
        if not root:
            made = openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path(self.signer, "key"),
                           "-subj", f"/CN={common_name}", "-days", "365")
            Path(self.path(self.signer, "pem")).write_bytes(made)
            return
        self.issue(self.signer, root, f"subjectAltName=DNS:{common_name}\n", common_name)

    def sign(self, text: bytes) -> bytes:
        """Signed by whoever signs now."""
        return openssl("dgst", "-sha256", "-sign", self.path(self.signer, "key"), sent=text)

    def shown(self, name: str) -> bytes | None:
        """A signer's certificate; None: there is none."""
        file = Path(self.path(name, "pem"))
        return file.read_bytes() if name.startswith("CERT-") and name[5:].isalnum() and file.exists() else None

    def tls(self) -> ssl.SSLContext:
        """What its HTTPS side shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("server", "pem"), self.path("server", "key"))
        return context
