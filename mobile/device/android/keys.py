"""Keys of the phone: AES-GCM and P-256 in the AndroidKeyStore; the private ones never leave it.

Job: a data key wrapped by the key store's (unwrapped once per process, since the key store is slow), signatures.
Never: write the data key in clear.
"""

from __future__ import annotations

import base64
import os
import secrets
import threading
from typing import Any

from jnius import autoclass

from mobile.device.android.base import Base, raw

KeyStore = autoclass("java.security.KeyStore")
KeyGenerator = autoclass("javax.crypto.KeyGenerator")
KeyPairGenerator = autoclass("java.security.KeyPairGenerator")
Builder = autoclass("android.security.keystore.KeyGenParameterSpec$Builder")
ECGenParameterSpec = autoclass("java.security.spec.ECGenParameterSpec")
GCMParameterSpec = autoclass("javax.crypto.spec.GCMParameterSpec")
SecretKeySpec = autoclass("javax.crypto.spec.SecretKeySpec")
Cipher = autoclass("javax.crypto.Cipher")
Signature = autoclass("java.security.Signature")

STORE, WRAPPING, SIGNING = "AndroidKeyStore", "gridwhistle.wrap", "gridwhistle.sign"
AES_GCM = "AES/GCM/NoPadding"
ENCRYPT, DECRYPT = 1, 2
PURPOSE_ENCRYPT, PURPOSE_DECRYPT, PURPOSE_SIGN = 1, 2, 4
IV, TAG_BITS = 12, 128
FILE, ID = "data-key.bin", "device-id"


class Keys(Base):
    """Sealing, signing, identity."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._data_key: Any = None

    def device_id(self) -> str:
        """Return the id made at the first start."""
        path = self.folder / ID
        with self._lock:
            if not path.exists():
                _write(path, f"phone-{secrets.token_hex(16)}".encode())
            return path.read_text(encoding="ascii")

    # --- sealing ----------------------------------------------------------------------------------------------------

    def seal(self, plain: bytes) -> bytes:
        """Return nonce and AES-256-GCM ciphertext of ``plain``."""
        return _encrypt(self._key(), plain)

    def unseal(self, sealed: bytes) -> bytes:
        """Return what was sealed; raises when it was changed or sealed by another key."""
        return _decrypt(self._key(), sealed)

    def _key(self) -> Any:
        with self._lock:
            if self._data_key is None:
                self._data_key = SecretKeySpec(self._unwrapped(), "AES")
            return self._data_key

    def _unwrapped(self) -> bytes:
        path = self.folder / FILE
        if path.exists():
            return _decrypt(_wrapping_key(), path.read_bytes())
        fresh = secrets.token_bytes(32)
        _write(path, _encrypt(_wrapping_key(), fresh))
        return fresh

    def forget_keys(self) -> None:
        """Destroy the keys: what is left of the store can never be read again."""
        store = _store()
        for alias in (WRAPPING, SIGNING):
            if store.containsAlias(alias):
                store.deleteEntry(alias)
        (self.folder / FILE).unlink(missing_ok=True)
        with self._lock:
            self._data_key = None

    # --- signing ----------------------------------------------------------------------------------------------------

    def public_key(self) -> str:
        """Return the public key in PEM; the pair is made at the first call."""
        encoded = raw(_signing_entry().getCertificate(SIGNING).getPublicKey().getEncoded())
        lines = base64.encodebytes(encoded).decode().replace("\n", "")
        wrapped = "\n".join(lines[start : start + 64] for start in range(0, len(lines), 64))
        return f"-----BEGIN PUBLIC KEY-----\n{wrapped}\n-----END PUBLIC KEY-----\n"

    def sign(self, message: bytes) -> bytes:
        """Return the signature, DER."""
        signature = Signature.getInstance("SHA256withECDSA")
        signature.initSign(_signing_entry().getKey(SIGNING, None))
        signature.update(message)
        return raw(signature.sign())


def _store() -> Any:
    store = KeyStore.getInstance(STORE)
    store.load(None)
    return store


def _wrapping_key() -> Any:
    store = _store()
    if not store.containsAlias(WRAPPING):
        spec = Builder(WRAPPING, PURPOSE_ENCRYPT | PURPOSE_DECRYPT)
        spec = spec.setBlockModes("GCM").setEncryptionPaddings("NoPadding").setKeySize(256).build()
        generator = KeyGenerator.getInstance("AES", STORE)
        generator.init(spec)
        generator.generateKey()
    return store.getKey(WRAPPING, None)


def _signing_entry() -> Any:
    store = _store()
    if not store.containsAlias(SIGNING):
        spec = Builder(SIGNING, PURPOSE_SIGN).setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
        generator = KeyPairGenerator.getInstance("EC", STORE)
        generator.initialize(spec.setDigests("SHA-256").build())
        generator.generateKeyPair()
    return store


def _encrypt(key: Any, plain: bytes) -> bytes:
    cipher = Cipher.getInstance(AES_GCM)
    cipher.init(ENCRYPT, key)
    return raw(cipher.getIV()) + raw(cipher.doFinal(plain))


def _decrypt(key: Any, sealed: bytes) -> bytes:
    cipher = Cipher.getInstance(AES_GCM)
    cipher.init(DECRYPT, key, GCMParameterSpec(TAG_BITS, sealed[:IV]))
    return raw(cipher.doFinal(sealed[IV:]))


def _write(path: Any, content: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
