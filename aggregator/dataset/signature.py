"""Sign the manifest of a dataset and check its signature, in the format of the program `minisign`.

The manifest has the SHA-256 of every file, so its signature covers the whole dataset. `manifest.json.minisig` beside it
can also be checked without Metaboard: ``minisign -Vm manifest.json -p KEY.pub``.
"""

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.errors import StorageError, UsageError
from aggregator.store.files import storage_errors, write_atomically
from aggregator.store.manifest import MANIFEST
from aggregator.text import visible

if TYPE_CHECKING:
    import minisign

SIGNATURE = f"{MANIFEST}.minisig"
PASSWORD = "METABOARD_SIGN_PASSWORD"  # noqa: S105 - the name of an environment variable
MAX_SIGNATURE_BYTES = 20_000
"""A signature has four lines; the longest comment of minisign has 8 KB."""
MAKE_KEY = "`metaboard make-key FILE` makes a key."
_KEY_ID = slice(2, 10)
"""Place of the key's number in the decoded second line of a key and of a signature, after the algorithm."""


def make_key(path: Path) -> str:
    """Write a new secret key to `path`, readable by its owner only, and its public key to `path` + `.pub`.

    Returns the public key. Raises `UsageError` when a file exists, and `StorageError`.
    """
    import minisign  # noqa: PLC0415 - the cryptography is slow to import

    public_path = path.with_name(f"{path.name}.pub")
    if found := [str(file) for file in (path, public_path) if file.exists()]:
        raise UsageError(f"{found[0]} exists", hint="Nothing was changed. Give a new file.")
    pair = minisign.KeyPair.generate()
    public = str(pair.public_key.to_base64(), "ascii")
    pair.secret_key.untrusted_comment = f"minisign secret key {_number(public)}"
    with storage_errors(f"write {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(bytes(pair.secret_key) + b"\n")
        text = f"untrusted comment: minisign public key {_number(public)}\n{public}\n"
        write_atomically(public_path, text.encode())
    return public


class SigningKey:
    """The secret key of a publisher. Its text is in no message, log or file."""

    def __init__(self, path: Path) -> None:
        """Read the key from `path`; raises `UsageError` when it is unreadable, no key, or locked with another password."""
        import minisign  # noqa: PLC0415 - the cryptography is slow to import

        try:
            self._key = minisign.SecretKey.from_file(path)
            if self._key.is_encrypted():
                password = os.environ.get(PASSWORD)
                if password is None:
                    raise UsageError(f"the key in {path} has a password", hint=f"Set {PASSWORD} to it.")
                self._key.decrypt(password)
            self.public = self._key.get_public_key().to_base64().decode()
            self.number = _number(self.public)
        except OSError as cause:
            raise UsageError(f"cannot read the key {path}: {cause.strerror}", hint=MAKE_KEY) from cause
        except ValueError:
            # Without `from`: an error of the parser may show what it read.
            raise UsageError(
                f"{path} is no secret key of minisign, or its password is another", hint=MAKE_KEY
            ) from None

    def sign(self, directory: Path, manifest: dict[str, Any]) -> None:
        """Write the signature of the manifest in `directory` beside it."""
        comment = f"Metaboard generation {manifest['generation']} of {manifest['created_at']}"
        made = self._key.sign((directory / MANIFEST).read_bytes(), trusted_comment=comment)
        write_atomically(directory / SIGNATURE, bytes(made) + b"\n")


class PublicKey:
    """The public key of a publisher."""

    def __init__(self, text: str) -> None:
        """Read the key, or the file with it; raises `UsageError` when it is neither."""
        import minisign  # noqa: PLC0415 - the cryptography is slow to import

        try:
            content = Path(text).read_text(encoding="utf-8").splitlines()[-1] if _is_file(text) else text
            self._key = minisign.PublicKey.from_base64(content.strip())
        except (OSError, ValueError, IndexError):
            raise UsageError(
                f"{visible(text)[:80]} is neither a public key of minisign nor a file with one",
                hint="A public key has 56 characters and starts with RW.",
            ) from None
        self.number = _number(self._key.to_base64().decode())

    def find_problem(self, directory: Path) -> str | None:
        """Return why the manifest in `directory` is not signed by this key, or None when it is."""
        import minisign  # noqa: PLC0415 - the cryptography is slow to import

        signature = read_signature(directory)
        if signature is None:
            return f"the edition is not signed; it should be by key {self.number}"
        if (number := signature_number(signature)) != self.number:
            return f"the edition is signed by key {number}, not by key {self.number}"
        try:
            self._key.verify((directory / MANIFEST).read_bytes(), signature)
        except minisign.VerifyError:
            return f"{SIGNATURE} is not the signature of this {MANIFEST} by key {self.number}"
        return None


def read_signature(directory: Path) -> "minisign.Signature | None":
    """Return the signature in `directory`, or None without one; raises `StorageError` when it is none of minisign."""
    import minisign  # noqa: PLC0415 - the cryptography is slow to import

    path = directory / SIGNATURE
    if not path.is_symlink() and not path.exists():
        return None
    try:
        is_plain = not path.is_symlink() and path.stat().st_size <= MAX_SIGNATURE_BYTES
        return minisign.Signature.from_bytes(path.read_bytes() if is_plain else b"")
    except (OSError, ValueError) as cause:
        raise StorageError(f"{SIGNATURE} is no signature of minisign") from cause


def signature_number(signature: "minisign.Signature") -> str:
    """Return the number of the key that a signature names, as `minisign` prints it."""
    return _number(bytes(signature).splitlines()[1].decode())


def _number(encoded: str) -> str:
    return base64.b64decode(encoded)[_KEY_ID][::-1].hex().upper()


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False
