"""Who may ask tests/server.py: Basic (RFC 7617) and Digest (RFC 7616)."""

import base64
import hashlib
import os
import re
import threading
from urllib.parse import urlsplit

ALGORITHMS = {"md5": ("MD5", hashlib.md5), "sha256": ("SHA-256", hashlib.sha256)}


class Basic:
    """User and password as they are."""

    def __init__(self, name, password):
        token = base64.b64encode(("%s:%s" % (name, password)).encode()).decode()
        self.right = "Basic " + token

    def challenges(self):
        return ['Basic realm="test"']

    def permits(self, method, target, value):
        return value == self.right


class Digest:
    """User and password within a hash; a nonce is good for one request with each count."""

    def __init__(self, algorithm, name, password):
        self.label, self.hash = ALGORITHMS[algorithm]
        self.name = name
        self.password = password
        self.lock = threading.Lock()
        self.nonces = {}

    def challenges(self):
        nonce = os.urandom(12).hex()
        with self.lock:
            self.nonces[nonce] = 0
        return ['Digest realm="test", qop="auth", algorithm=%s, nonce="%s", opaque="o"'
                % (self.label, nonce)]

    def permits(self, method, target, value):
        scheme, _, rest = value.partition(" ")
        said = {name: quoted or bare for name, quoted, bare in
                re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', rest)}
        nonce, count = said.get("nonce"), int(said.get("nc", "0"), 16)
        with self.lock:
            known = count > self.nonces.get(nonce, count)
            if known:
                self.nonces[nonce] = count
        # Of a target with a host, as proxies get it, libcurl takes the path alone.
        uri = said.get("uri")
        if scheme != "Digest" or not known or uri not in (target, urlsplit(target).path):
            return False
        if said.get("algorithm", "MD5") != self.label or said.get("username") != self.name:
            return False
        whole = ":".join((self.of(self.name, "test", self.password), said["nonce"],
                          said.get("nc", ""), said.get("cnonce", ""), said.get("qop", ""),
                          self.of(method, uri)))
        return said.get("response") == self.of(whole)

    def of(self, *parts):
        return self.hash(":".join(parts).encode()).hexdigest()


class Both:
    """Either; a client is to take the stronger."""

    def __init__(self, name, password):
        self.ways = [Basic(name, password), Digest("sha256", name, password)]

    def challenges(self):
        return [challenge for way in self.ways for challenge in way.challenges()]

    def permits(self, method, target, value):
        return any(way.permits(method, target, value) for way in self.ways)


def way(kind, name, password):
    """The way of asking that `kind` names: basic, md5, sha256, both. None for another."""
    if kind == "basic":
        return Basic(name, password)
    if kind == "both":
        return Both(name, password)
    return Digest(kind, name, password) if kind in ALGORITHMS else None
