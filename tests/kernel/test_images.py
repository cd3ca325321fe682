"""What is in the file decides: images that a module may not have, on a real kernel; and keys,
digests and the vectors of fixtures/images through the real update."""

import hashlib
import os
import subprocess
import unittest

from stage import PATIENCE, QUICK, TOP, UXM, Folder, Modules, Server, image, listed, update

NEW = "snomD7C-1.6.1-r.bin"
SIZE = 300_001
# As short as can be: so many modules reboot here.
SWIFT = ["--install-time", "0", "--done-time", "100", "--reboot-time", "0", "--verify-rate", "0"]
LEVEL_2 = ["--hardware-level", "2"]
VECTORS = os.path.join(TOP, "fixtures", "images")
KEYS_FOLDER = "/etc/uxm/keys.d"


def _key(name):
    return os.path.join(TOP, "fixtures", "keys", f"test-{name}.pem")


RELEASE = ["--key", _key("release")]


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        cls.made = 0
        cls.server = Server(cls.folder.path)
        cls.payload = cls.folder.write("payload", image(SIZE))

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.folder.close()

    def _folder(self):
        """A fresh folder below the server's, and its name there."""
        type(self).made += 1
        name = str(self.made)
        os.mkdir(os.path.join(self.folder.path, name))
        return name

    def _opaque(self, name=NEW):
        path = os.path.join(self._folder(), name)
        self.folder.write(path, image(SIZE))
        return path

    def _create(self, *options, version="1.6.1", hardware="1-3", tamper=None):
        """An image with a header, made by the command; one byte changed at `tamper`. Its path below
        the server's folder."""
        folder = self._folder()
        path = os.path.join(folder, f"snomD7C-{version}-r.bin")
        absolute = os.path.join(self.folder.path, path)
        subprocess.run(
            [UXM, "image", "create", self.payload, "--model", "D7C", "--version", version]
            + ["--hardware", hardware, "-o", absolute, *options],
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=PATIENCE,
        )
        if tamper is not None:
            with open(absolute, "r+b") as file:
                file.seek(tamper)
                byte = file.read(1)[0]
                file.seek(tamper)
                file.write(bytes([byte ^ 1]))
        return path

    def _signed(self, *options, by="release", **keywords):
        return self._create("--key", _key(f"{by}-private"), *options, **keywords)

    def _file(self, path):
        return os.path.join(self.folder.path, path)

    def _url(self, path, kind="plain"):
        return self.server.url(f"{kind}/{path}")

    def _check_refused(self, run, code, *words):
        self.assertEqual(run.code, code, run.sentence() or run.out.text())
        self.assertEqual(len(run.err.lines), 1, run.sentence())
        for word in words:
            self.assertIn(word, run.sentence())
        self.assertEqual(run.result()["code"], code)
        self.assertEqual([(e["version"], e["state"]) for e in listed()], [("1.5.3", "idle")])

    def _check_untouched(self, module, start=0):
        """Nothing but normal operation on the screen, since the line `start`."""
        for line in module.screen.lines[start:]:
            self.assertRegex(line, r"^(\[\w+\] (D7C 1\.5\.3  \[F1\].*|attached port \d+)|ready)$")

    def _check_updated(self, run, version="1.6.1"):
        self.assertEqual(run.code, 0, run.sentence())
        self.assertEqual(run.result()["returned"]["version"], version)
        self.assertEqual([entry["version"] for entry in listed()], [version])

    def _notes(self, run):
        return " ".join(e["text"] for e in run.events() if e["event"] == "note")


class Needed(Case):
    def nothing_is_fetched_when_the_version_is_already_there(self):
        with Modules(*QUICK) as module:
            url = self._url(self._opaque())
            self._check_updated(update(url, "--if-needed"))
            asked = self.server.requests().count(NEW)
            run = update(url, "--if-needed")
            self.assertEqual(run.code, 0, run.sentence())
            self.assertIn("already runs 1.6.1", run.result()["text"])
            self.assertFalse(run.result()["committed"])
            self.assertEqual(self.server.requests().count(NEW), asked)
            self.assertEqual(module.screen.text().count("Receiving 0 of"), 1)

    def a_sha256_of_zeros_is_no_way_around_the_check(self):
        with Modules(*QUICK):
            run = update(self._url(self._opaque()), "--sha256", "0" * 64)
            self._check_refused(run, 5, "zeros")
            self.assertEqual([e["version"] for e in listed()], ["1.5.3"])

    def a_second_sha256_that_is_none_is_a_usage_error(self):
        run = update(self.payload, "--name", NEW, "--sha256", "0" * 64, "--sha256", "xyz")
        self.assertEqual(run.code, 2, run.sentence())


class Decision(Case):
    def five_wrong_images_get_five_different_sentences(self):
        d8c = os.path.join(self._folder(), "snomD8C-1.6.1-r.bin")
        self.folder.write(d8c, image(SIZE))
        rows = [
            (d8c, [], 5, ["D8C", "the module is a D7C"]),
            (self._create(hardware="9"), [], 5, ["9 to 9", "has level 2", "--override"]),
            (self._signed(tamper=SIZE // 2), RELEASE, 7, ["SHA-256", "nothing was installed"]),
            (self._signed(tamper=26), RELEASE, 5, ["signature", "is not valid"]),
            (self._create(), RELEASE, 5, ["is not signed", "signature is required"]),
        ]
        sentences = []
        with Modules(*LEVEL_2, *QUICK) as module:
            for path, options, code, words in rows:
                start = len(module.screen.lines)
                run = update(self._url(path), *options)
                self._check_refused(run, code, *words)
                if code == 5:
                    self._check_untouched(module, start)
                sentences.append(run.sentence().replace(os.path.basename(path), ""))
            self.assertEqual(len(set(sentences)), 5, sentences)
            self.assertNotIn(d8c, self.server.requests())
            self._check_updated(update(self._url(self._signed()), *RELEASE))

    def override_lets_other_hardware_pass_and_says_so(self):
        with Modules(*LEVEL_2, *QUICK):
            run = update(self._url(self._create(hardware="9")), "--override")
            self._check_updated(run)
            self.assertIn("Overridden", self._notes(run))
            self.assertIn("levels 9 to 9, but the module has level 2", self._notes(run))

    def an_opaque_image_older_than_the_hardware_wants_override(self):
        path = self._opaque()
        with Modules("--oldest-version", "1.7.0", *QUICK) as module:
            self._check_refused(update(self._url(path)), 5, "1.6.1", "1.7.0 or newer")
            self._check_untouched(module)
            run = update(self._url(path), "--override")
            self._check_updated(run)
            self.assertIn("Overridden", self._notes(run))

    def override_lets_nothing_else_pass(self):
        rows = [
            (self._create("--oldest-over", "1.5.4"), [], "over version 1.5.4 or newer"),
            (self._create(), RELEASE, "is not signed"),
            (self._signed(by="other"), RELEASE, "none of the keys"),
            (self._opaque("snomD8C-1.6.1-r.bin"), [], "the module is a D7C"),
            (self._opaque("snomD7C-1.5.2-r.bin"), [], "--allow-older"),
        ]
        with Modules(*LEVEL_2, *QUICK) as module:
            for path, options, words in rows:
                with self.subTest(path):
                    run = update(self._file(path), "--override", *options)
                    self._check_refused(run, 5, words)
            self._check_untouched(module)

    def an_older_image_wants_allow_older(self):
        for path in (self._opaque("snomD7C-1.5.2-r.bin"), self._create(version="1.5.2")):
            with self.subTest(path), Modules(*QUICK) as module:
                run = update(self._url(path))
                self._check_refused(run, 5, "older (1.5.2)", "--allow-older")
                self._check_untouched(module)
                run = update(self._url(path), "--allow-older")
                self._check_updated(run, "1.5.2")
                self.assertIn("older than what the module runs", self._notes(run))

    def the_same_version_is_installed_again_by_hand(self):
        with Modules(*QUICK) as module:
            self._check_updated(update(self._file(self._create(version="1.5.3"))), "1.5.3")
            self.assertIn("Update successful", module.screen)

    def the_module_holds_the_payload_alone(self):
        flash = self._file("flash")
        with Modules("--flash", flash, *QUICK):
            self._check_updated(update(self._url(self._signed())))
        with open(flash, "rb") as file:
            content = file.read()
        self.assertIn(image(SIZE), content)
        self.assertNotIn(b"UXMI", content)


class Signatures(Case):
    def one_of_several_keys_suffices(self):
        with Modules(*QUICK):
            run = update(self._url(self._signed()), "--key", _key("other"), *RELEASE)
            self._check_updated(run)

    def require_signature_without_a_key_is_wrong_usage(self):
        with Modules(*QUICK) as module:
            run = update(self._file(self._signed()), "--require-signature")
            self._check_refused(run, 2, "--key", KEYS_FOLDER)
            self._check_untouched(module)

    def keys_of_the_installation_are_required_too(self):
        path = self._signed()
        unsigned = self._create()
        made = not os.path.isdir(KEYS_FOLDER)
        key = os.path.join(KEYS_FOLDER, "test-of-uxm.pem")
        os.makedirs(KEYS_FOLDER, exist_ok=True)
        try:
            with open(_key("release"), "rb") as source, open(key, "wb") as target:
                target.write(source.read())
            with Modules(*QUICK) as module:
                self._check_refused(update(self._file(unsigned)), 5, "is not signed")
                self._check_refused(update(self._file(self._opaque())), 5, "is not signed")
                self._check_untouched(module)
                self._check_updated(update(self._file(path), "--require-signature"))
        finally:
            os.unlink(key)
            if made:
                os.removedirs(KEYS_FOLDER)

    def a_module_with_a_key_refuses_what_the_host_lets_pass(self):
        rows = [
            self._signed(by="other"),
            self._signed(tamper=26),  # the highest hardware level
            self._signed(tamper=100),  # the signature
        ]
        with Modules(*LEVEL_2, *RELEASE, *QUICK) as module:
            for path in rows:
                with self.subTest(path):
                    run = update(self._url(path))
                    self._check_refused(
                        run, 8, "The module refused to begin", "signature is missing or wrong"
                    )
            self._check_untouched(module)
            self._check_updated(update(self._url(self._signed())))

    def a_module_with_a_key_says_that_it_wants_a_signature(self):
        with Modules(*RELEASE, *QUICK) as module:
            for path in (self._create(), self._opaque()):
                run = update(self._url(path))
                self._check_refused(run, 5, "is not signed", "required by the module")
            self._check_untouched(module)

    def after_a_tampered_payload_the_next_update_to_a_module_with_a_key_succeeds(self):
        path = self._signed(tamper=SIZE // 2)
        with Modules(*RELEASE, *QUICK):
            run = update(self._url(path))
            self._check_refused(run, 7, "nothing was installed")
            self._check_updated(update(self._url(self._signed())))


class Digests(Case):
    """A file without a header: what else says which bytes it must have."""

    def _check_wrong(self, module, run):
        self._check_refused(run, 7, "SHA-256", "nothing was installed")
        self.assertNotIn("verify", module.screen)

    def a_digest_on_the_command_line(self):
        path = self._opaque()
        right = hashlib.sha256(image(SIZE)).hexdigest()
        with Modules(*QUICK) as module:
            self._check_wrong(module, update(self._url(path), "--sha256", right[::-1]))
            self._check_updated(update(self._url(path), "--sha256", right.upper()))

    def a_digest_on_the_command_line_is_not_for_a_file_with_a_header(self):
        right = hashlib.sha256(image(SIZE)).hexdigest()
        with Modules(*QUICK) as module:
            run = update(self._file(self._create()), "--sha256", right)
            self._check_refused(run, 2, "has a header")
            self._check_untouched(module)

    def a_digest_that_the_server_names(self):
        path = self._opaque()
        with Modules(*QUICK) as module:
            self._check_wrong(module, update(self._url(path, "wrong-digest")))
        for kind in ("digest", "content-digest"):
            with self.subTest(kind), Modules(*QUICK):
                self._check_updated(update(self._url(path, kind)))

    def a_server_that_contradicts_itself_has_said_nothing(self):
        path = self._opaque()
        for kind in ("two-digests", "bad-digest"):
            with self.subTest(kind), Modules(*QUICK):
                self._check_updated(update(self._url(path, kind)))

    def the_server_and_the_command_line_must_agree(self):
        path = self._opaque()
        right = hashlib.sha256(image(SIZE)).hexdigest()
        with Modules(*QUICK) as module:
            run = update(self._url(path, "wrong-digest"), "--sha256", right)
            self._check_refused(run, 5, "another SHA-256")
            self._check_untouched(module)
            self._check_updated(update(self._url(path, "digest"), "--sha256", right))

    def the_servers_digest_of_a_file_with_a_header_is_not_the_payloads(self):
        with Modules(*QUICK):
            self._check_updated(update(self._url(self._create(), "digest")))

    def a_file_beside_the_image(self):
        path = self._opaque()
        right = hashlib.sha256(image(SIZE)).hexdigest()
        beside = self._file(path + ".sha256")

        def write(text):
            with open(beside, "w", encoding="ascii") as file:
                file.write(text)

        for source in (self._url(path), self._file(path)):
            with self.subTest(source), Modules(*QUICK) as module:
                if os.path.exists(beside):
                    os.unlink(beside)
                run = update(source, "--sha256-beside")
                self._check_refused(run, 6, NEW + ".sha256")
                write("<html>no such thing</html>\n")
                run = update(source, "--sha256-beside")
                self._check_refused(run, 5, NEW + ".sha256", "sha256sum")
                write(f"{right}  snomD7C-1.6.0-r.bin\n")
                run = update(source, "--sha256-beside")
                self._check_refused(run, 5, "another file", "snomD7C-1.6.0-r.bin")
                self._check_untouched(module)
                write(f"{'00' * 31}01  {NEW}\n")
                self._check_wrong(module, update(source, "--sha256-beside"))
                # As the tool writes it.
                done = subprocess.run(
                    ["sha256sum", NEW],
                    cwd=os.path.dirname(beside),
                    check=True,
                    capture_output=True,
                    text=True,
                )
                write(done.stdout)
                self._check_updated(update(source, "--sha256-beside"))


class Vectors(unittest.TestCase):
    def every_vector_ends_as_the_index_says(self):
        module = None
        seen = 0
        try:
            for vector in _index():
                with self.subTest(vector=vector):
                    seen += 1
                    module = module or Modules(*LEVEL_2, *SWIFT)
                    if self._run_vector(vector, module):
                        module.stop()
                        module = None
        finally:
            if module:
                module.stop()
        self.assertGreater(seen, 50)

    def _run_vector(self, vector, module):
        """Returns whether the module runs something else now."""
        folder, name, options, code, words = vector
        start = len(module.screen.lines)
        run = update(os.path.join(VECTORS, folder, name), *options)
        screen = "\n".join(module.screen.lines[start:])
        self.assertEqual(run.code, code, run.sentence())
        if code == 0:
            self.assertIn("Update successful", screen)
            return True
        self.assertIn(words, run.sentence())
        self.assertNotIn("verify", screen)
        if code == 5:
            self.assertNotRegex(screen, "Receiving|Update")
        else:
            self.assertEqual([(e["version"], e["state"]) for e in listed()], [("1.5.3", "idle")])
        return False


def _index():
    """The lines of fixtures/images/index about updates."""
    with open(os.path.join(VECTORS, "index"), encoding="ascii") as file:
        for line in file:
            if line.startswith("#"):
                continue
            folder, name, command, options, code, words = line.rstrip("\n").split("\t")
            if command != "update":
                continue
            options = [] if options == "-" else options.split()
            options = [
                os.path.join(TOP, word) if word.startswith("fixtures/") else word
                for word in options
            ]
            yield folder, name, options, int(code), "" if words == "-" else words
