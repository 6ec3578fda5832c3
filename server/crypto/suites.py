"""Two suites behind one interface: SM (国密: SM4-GCM, SM3) and international (AES-256-GCM, SHA-256), spec 2.8.

Job: authenticated encryption with a key that is given.
Never: hold a key, or choose a suite.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256, SM3, HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

TAG = 16


@dataclass(frozen=True, slots=True)
class Suite:
    """A cipher in Galois/counter mode and a hash. ``mark`` is the first byte of its blobs."""

    mark: int
    cipher: Callable[[bytes], CipherAlgorithm]
    key_bytes: int
    hash: Callable[[], HashAlgorithm]

    def encrypt(self, key: bytes, nonce: bytes, plain: bytes, aad: bytes) -> bytes:
        """Return ciphertext and tag."""
        worker = Cipher(self.cipher(key), GCM(nonce)).encryptor()
        worker.authenticate_additional_data(aad)
        return worker.update(plain) + worker.finalize() + worker.tag

    def decrypt(self, key: bytes, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Return the plain bytes of ciphertext and tag; raises InvalidTag."""
        worker = Cipher(self.cipher(key), GCM(nonce, sealed[-TAG:])).decryptor()
        worker.authenticate_additional_data(aad)
        return worker.update(sealed[:-TAG]) + worker.finalize()

    def derive(self, master: bytes) -> bytes:
        """Return this suite's own key from a key of the ring (HKDF-Expand, RFC 5869)."""
        info = b"gridwhistle seal " + bytes([self.mark])
        return HKDFExpand(self.hash(), length=self.key_bytes, info=info).derive(master)


SUITES = {
    "sm": Suite(1, SM4, 16, SM3),
    "intl": Suite(2, AES, 32, SHA256),
}
"""Name in the setting ``privacy.suite`` → suite: GB/T 32907 with GB/T 32905, or FIPS 197 with FIPS 180-4."""
