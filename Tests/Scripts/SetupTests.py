"""The set-up asks before it uses sudo, and stops with what is missing where it may not ask.

A folder of stand-ins comes first on the PATH: a pkg-config that does not find one library, an `id` that says who we
are, and `sudo` and `apt-get` that only write down how they were called.
"""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PKG_CONFIG = 'case "$*" in *{missing}*) exit 1 ;; esac\nexec {real} "$@"\n'


class MissingPackage(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.calls = self.folder / "calls"
        self.lose("simdjson")
        for name in ("sudo", "apt-get"):
            self.stand_in(name, f'echo "{name} $*" >>"{self.calls}"\n')

    def stand_in(self, name, text):
        path = self.folder / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)

    def lose(self, library):
        real = subprocess.run(["sh", "-c", "command -v pkg-config"], capture_output=True, text=True).stdout.strip()
        self.stand_in("pkg-config", PKG_CONFIG.format(missing=library, real=real))

    def set_up(self, user="1000", level="run", **variables):
        self.stand_in("id", f"echo {user}\n")
        environment = os.environ | {"SKIP_APT": "0"} | variables | {"PATH": f"{self.folder}:{os.environ['PATH']}"}
        return subprocess.run([ROOT / "scripts/setup.sh", level], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)

    def called(self):
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def test_without_a_terminal_the_line_is_printed_and_sudo_is_not_called(self):
        ended = self.set_up()
        self.assertEqual(ended.returncode, 3)
        self.assertRegex(ended.stderr, r"sudo apt-get update && sudo apt-get .*install .* libsimdjson-dev\n")
        self.assertEqual(self.called(), [])

    def test_skip_apt_names_what_is_missing_and_calls_nothing_even_for_root(self):
        ended = self.set_up(user="0", SKIP_APT="1")
        self.assertEqual((ended.returncode, ended.stdout), (3, ""))
        self.assertIn("libsimdjson-dev", ended.stderr)
        self.assertEqual(self.called(), [])

    def test_root_installs_what_is_missing_and_nothing_else_and_never_with_sudo(self):
        ended = self.set_up(user="0")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(self.called()[0], "apt-get update")
        self.assertRegex(self.called()[1], r"^apt-get .*install -y --no-install-recommends libsimdjson-dev$")
        self.assertEqual(len(self.called()), 2)

    def test_every_library_that_pkg_config_does_not_find_is_installed_from_its_own_package(self):
        for library, package in [("yaml-0.1", "libyaml-dev"), ("libpq", "libpq-dev"),
                                 ("libcurl", "libcurl4-openssl-dev"), ("sqlite3", "libsqlite3-dev")]:
            with self.subTest(library):
                self.lose(library)
                ended = self.set_up(user="0", SKIP_APT="1")
                self.assertEqual(ended.returncode, 3)
                self.assertEqual(ended.stderr.splitlines()[-1].split(), [package])

    def test_a_failing_apt_ends_with_the_environment_s_status_and_its_last_words(self):
        self.stand_in("apt-get", "echo 'E: no such archive'\nexit 100\n")
        ended = self.set_up(user="0")
        self.assertEqual(ended.returncode, 3)
        self.assertIn("E: no such archive", ended.stderr)

    def test_a_level_that_is_none_is_invalid_input(self):
        self.assertEqual(self.set_up(level="everything").returncode, 2)


class NothingMissing(unittest.TestCase):
    def test_a_second_set_up_says_nothing(self):
        command = [ROOT / "scripts/setup.sh", "run"]
        subprocess.run(command, check=True, capture_output=True)
        ended = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
