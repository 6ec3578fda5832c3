"""What is sealed opens with its key and for its owner only, in both suites, after any rotation."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from server.crypto import SUITES, Ring, SealBroken
from server.crypto.cli import keys

SUITE_NAMES = sorted(SUITES)

RFC_8998_PLAIN = bytes.fromhex("AA" * 8 + "BB" * 8 + "CC" * 8 + "DD" * 8 + "EE" * 8 + "FF" * 8 + "EE" * 8 + "AA" * 8)
RFC_8998_AAD = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
RFC_8998_SEALED = bytes.fromhex(
    "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
    "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    "83DE3541E4C2B58177E065A9BF7B62EC"
)
GCM_SPEC_CASE_16 = {
    "key": "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
    "nonce": "cafebabefacedbaddecaf888",
    "plain": "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    "aad": "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    "sealed": "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853bb2d551b",
}


def test_sm4_gcm_gives_the_example_of_rfc_8998() -> None:
    key, nonce = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes.fromhex("00001234567800000000ABCD")
    assert SUITES["sm"].encrypt(key, nonce, RFC_8998_PLAIN, RFC_8998_AAD) == RFC_8998_SEALED
    assert SUITES["sm"].decrypt(key, nonce, RFC_8998_SEALED, RFC_8998_AAD) == RFC_8998_PLAIN


def test_aes_256_gcm_gives_test_case_16_of_the_gcm_specification() -> None:
    case = {name: bytes.fromhex(text) for name, text in GCM_SPEC_CASE_16.items()}
    assert SUITES["intl"].encrypt(case["key"], case["nonce"], case["plain"], case["aad"]) == case["sealed"]


@settings(max_examples=60)
@given(plain=st.binary(max_size=500), aad=st.binary(max_size=60), suite=st.sampled_from(SUITE_NAMES))
def test_whatever_is_sealed_opens_again(
    tmp_path_factory: pytest.TempPathFactory, plain: bytes, aad: bytes, suite: str
) -> None:
    ring = Ring(tmp_path_factory.getbasetemp() / "keys")
    assert ring.open(ring.seal(plain, aad, suite), aad) == plain


@pytest.mark.parametrize("suite", SUITE_NAMES)
def test_one_changed_bit_anywhere_breaks_the_seal(tmp_path: Path, suite: str) -> None:
    ring = Ring(tmp_path)
    blob = ring.seal("张三 13800000000".encode(), b"appeal 1", suite)
    for place in range(len(blob)):
        changed = bytearray(blob)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            ring.open(bytes(changed), b"appeal 1")


def test_a_seal_moved_to_another_item_does_not_open(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    with pytest.raises(SealBroken):
        ring.open(ring.seal(b"name", b"appeal 1", "sm"), b"appeal 2")


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01" * 40, b"\x09" * 80])
def test_what_was_never_sealed_does_not_open(tmp_path: Path, blob: bytes) -> None:
    with pytest.raises(SealBroken):
        Ring(tmp_path).open(blob, b"")


def test_the_same_secret_never_looks_the_same_twice(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    assert ring.seal(b"name", b"", "sm") != ring.seal(b"name", b"", "sm")


def test_old_seals_open_after_a_rotation_and_new_ones_use_the_new_key(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    old = ring.seal(b"name", b"", "sm")
    ring.add()
    new = ring.seal(b"name", b"", "intl")
    assert old[1:17] != new[1:17]
    assert new[1:17] == ring.newest().bytes
    assert ring.open(old, b"") == ring.open(new, b"") == b"name"


def test_a_lost_key_is_named(tmp_path: Path) -> None:
    blob = Ring(tmp_path / "here").seal(b"name", b"", "sm")
    with pytest.raises(SealBroken, match=r"key .* is not in"):
        Ring(tmp_path / "there").open(blob, b"")


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "keys")
    ring.seal(b"name", b"", "sm")
    (key,) = (tmp_path / "keys").iterdir()
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700


def test_a_security_administrator_lists_and_rotates_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWHISTLE_VAR", str(tmp_path))
    ring, shell = Ring(tmp_path / "keys"), CliRunner()
    first, blob = ring.newest(), ring.seal(b"name", b"", "sm")
    added = shell.invoke(keys, ["add"], catch_exceptions=False)
    assert str(ring.newest()) in added.output
    listed = shell.invoke(keys, ["list"], catch_exceptions=False).output.splitlines()
    assert [line.split()[0] for line in listed] == [str(first), str(ring.newest()), "2"]
    assert ring.open(blob, b"") == b"name"
    secret = (tmp_path / "keys" / f"{first}.key").read_bytes()
    assert secret.hex() not in added.output + "".join(listed)
