"""secret_store.py - passwords and keys: made when first asked for, kept in files that only their owner reads."""

from __future__ import annotations

import os
import secrets
import threading
from pathlib import Path


class SecretStore:
    """A folder with one secret a file."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, and make it if it is missing."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)

    def path(self, name: str) -> Path:
        """The file of a secret, which exists from now on."""
        path = self.folder / name
        if not path.exists():
            self.write(name, secrets.token_urlsafe(24))
        return path

    def value(self, name: str) -> str:
        """The secret itself."""
        return self.path(name).read_text().strip()

    def write(self, name: str, text: str) -> Path:
        """Put a text of one's own under a name, whole or not at all."""
        path = self.folder / name
        partial = self.folder / f"{name}.{os.getpid()}.{threading.get_ident()}.new"
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text + "\n")
        partial.replace(path)
        return path
