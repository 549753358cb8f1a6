"""Signed datasets: the format of minisign, the keys, and what readers with a key refuse."""

import shutil
from pathlib import Path

import minisign
import pytest

from aggregator.dataset import checksums, signature
from aggregator.dataset.signature import PublicKey, SigningKey
from aggregator.errors import StorageError, UsageError
from aggregator.pipeline.publish import publish
from aggregator.pipeline.pull import pull
from aggregator.store.generations import Home
from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard
from tests.support.tampering import repair_checksums

# A key and a signature by the program minisign 0.11, of the text `{"files": []}` and a line end.
FOREIGN_KEY = "RWSenlEj+0TFk4DKk5kNieb2mkYKSzlT15NFzT6B0U3ehojDWZWBiYji"
FOREIGN_SIGNATURE = """untrusted comment: signature from minisign secret key
RUSenlEj+0TFkySvJdhjU8D9nMbpPvoEE/7N/kf/OzZBJ/LYXVjrtH2l2jgjnxIx2BiYAkz8yf4jaHU/9ToXiMZ6fD9Qd8AO8g8=
trusted comment: a test
ofPki14cscAnK+DBb0etv+yVuCPqaKn9evs1VGUNZZvSqNQrwUmjtELJJ9KiJ/Veq2yWK3B2YBqZ7BEfGwITCA==
"""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the file of a secret key, and its public key."""
    path = tmp_path_factory.mktemp("keys") / "metaboard.key"
    return path, signature.make_key(path)


@pytest.fixture
def signed(keys: tuple[Path, str], home: Path, tmp_path: Path) -> Path:
    publish(home, str(tmp_path / "signed"), sign_key=keys[0], log=lambda _: None)
    return tmp_path / "signed"


def test_a_signed_edition_is_accepted_with_the_key_and_without_it(
    metaboard: Metaboard, keys: tuple[Path, str], signed: Path, tmp_path: Path
) -> None:
    path, public = keys
    number = PublicKey(public).number
    assert checksums.verify_dataset(signed).problems == []
    for key in (public, f"{path}.pub"):
        result = metaboard("verify", signed, "--key", key)
        assert (result.code, f"is signed by key {number}" in " ".join(result.err.split())) == (0, True)
    pulled = pull(tmp_path / "here", str(signed), key=public)
    assert pulled.signed_by == number
    assert pulled.generation.manifest()["published"]["signed_by"] == number
    assert checksums.verify_generation(pulled.generation.path).problems == []
    minisign.PublicKey.from_base64(public).verify_file(signed / "manifest.json")


def test_an_unsigned_or_foreign_edition_is_refused_with_the_numbers_of_the_keys(
    metaboard: Metaboard, keys: tuple[Path, str], signed: Path, dataset: Path, tmp_path: Path
) -> None:
    other = signature.make_key(tmp_path / "other.key")
    ours, theirs = PublicKey(keys[1]).number, PublicKey(other).number
    refusals = {
        dataset: (keys[1], f"the edition is not signed; it should be by key {ours}"),
        signed: (other, f"the edition is signed by key {ours}, not by key {theirs}"),
    }
    for place, (key, sentence) in refusals.items():
        assert metaboard("verify", place, "--key", key, "--json").fields["problems"] == [sentence]
        assert metaboard("verify", "--from", place, "--key", key).code == Exit.REFUSED
        with pytest.raises(StorageError, match=sentence):
            pull(tmp_path / "here", str(place), key=key)
    assert Home(tmp_path / "here").current is None


def test_a_changed_edition_with_its_old_signature_is_refused(keys: tuple[Path, str], signed: Path) -> None:
    repair_checksums(signed, inputs_hash="1" * 64)
    assert checksums.find_problems(signed) == [], "without the key, nothing is wrong"
    found = checksums.verify_dataset(signed, key=PublicKey(keys[1])).problems
    assert found == [
        f"manifest.json.minisig is not the signature of this manifest.json by key {PublicKey(keys[1]).number}"
    ]


@pytest.mark.parametrize("text", ["", "x\n" * 4, "x" * 30_000])
def test_a_signature_of_another_shape_is_one_sentence(text: str, keys: tuple[Path, str], signed: Path) -> None:
    (signed / signature.SIGNATURE).write_text(text)
    for key in (None, PublicKey(keys[1])):
        assert checksums.verify_dataset(signed, key=key).problems == [
            "manifest.json.minisig is no signature of minisign"
        ]


def test_a_signature_of_the_program_minisign_is_read(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"files": []}\n')
    (tmp_path / signature.SIGNATURE).write_text(FOREIGN_SIGNATURE)
    assert PublicKey(FOREIGN_KEY).number == "93C544FB23519E9E"
    assert PublicKey(FOREIGN_KEY).find_problem(tmp_path) is None
    (tmp_path / "manifest.json").write_text('{"files": [ ]}\n')
    assert "is not the signature" in str(PublicKey(FOREIGN_KEY).find_problem(tmp_path))


def test_rows_that_are_published_unsigned_are_published_again_with_the_signature(
    keys: tuple[Path, str], home: Path, tmp_path: Path
) -> None:
    target = str(tmp_path / "pub")
    publish(home, target, log=lambda _: None)
    assert publish(home, target, sign_key=keys[0], log=lambda _: None).is_new
    assert not publish(home, target, sign_key=keys[0], log=lambda _: None).is_new
    assert not publish(home, target, log=lambda _: None).is_new


def test_a_key_with_a_password_needs_it(
    keys: tuple[Path, str], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = minisign.SecretKey.from_file(keys[0])
    secret.encrypt("a password")
    path = tmp_path / "locked.key"
    path.write_bytes(bytes(secret))
    for password in (None, "wrong"):
        if password:
            monkeypatch.setenv(signature.PASSWORD, password)
        with pytest.raises(UsageError, match="password"):
            publish(home, str(tmp_path / "pub"), sign_key=path, log=lambda _: None)
    monkeypatch.setenv(signature.PASSWORD, "a password")
    assert SigningKey(path).number == PublicKey(keys[1]).number


def test_the_secret_key_is_in_no_output_and_in_no_file_of_the_dataset(
    metaboard: Metaboard, keys: tuple[Path, str], home: Path, tmp_path: Path
) -> None:
    secret = keys[0].read_text().splitlines()[1]
    good = metaboard("publish", "--to", tmp_path / "pub", "--home", home, "--sign-key", keys[0])
    damaged = tmp_path / "damaged.key"
    damaged.write_text(f"untrusted comment: x\n{secret[:-4]}\n")
    bad = metaboard("publish", "--to", tmp_path / "b", "--home", home, "--sign-key", damaged)
    assert (good.code, bad.code) == (0, Exit.USAGE)
    written = [path.read_bytes() for place in (home, tmp_path / "pub") for path in place.rglob("*") if path.is_file()]
    assert secret[:40] not in good.out + good.err + bad.out + bad.err
    assert not any(secret.encode() in content for content in written)
    assert keys[0].stat().st_mode & 0o077 == 0


def test_a_key_inside_a_home_or_dataset_is_refused(keys: tuple[Path, str], home: Path, signed: Path) -> None:
    for place in (home, signed):
        shutil.copyfile(keys[0], place / "metaboard.key")
        with pytest.raises(UsageError, match="Keep it outside"):
            publish(home, str(signed), sign_key=place / "metaboard.key", log=lambda _: None)


@pytest.mark.parametrize("key", ["", "RWQ", "/nowhere/key.pub", "x\0y", "é" * 56])
def test_a_text_that_is_no_key_is_wrong_usage(metaboard: Metaboard, key: str, dataset: Path, home: Path) -> None:
    if "\0" not in key and key:
        assert metaboard("verify", dataset, "--key", key).code == Exit.USAGE
    with pytest.raises(UsageError):
        PublicKey(key)
    with pytest.raises(UsageError):
        publish(home, str(dataset), sign_key=Path("/nowhere/key"), log=lambda _: None)


def test_make_key_never_overwrites_a_file(metaboard: Metaboard, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "a.key"
    made = metaboard("make-key", path, "--json").fields
    assert PublicKey(str(made["public_key"])).number == SigningKey(path).number
    assert metaboard("make-key", path).code == Exit.USAGE
    path.unlink()
    assert metaboard("make-key", path).code == Exit.USAGE, "the public key is still there"
