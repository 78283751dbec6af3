"""What the comparison of headers sees, and what it lets pass."""
import importlib.util
import pathlib
import shutil
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SPEC = importlib.util.spec_from_file_location("check_abi", ROOT / "scripts/check-abi.py")
check_abi = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_abi)
FROZEN = ROOT / "Tests/ABI/v1/include"


class CheckABITests(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.headers = self.folder / "include"
        shutil.copytree(ROOT / "PluginAPI/C/include", self.headers)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def change(self, header, old, new):
        path = self.headers / "headrace" / header
        text = path.read_text()
        self.assertEqual(text.count(old), 1, old)
        path.write_text(text.replace(old, new))
        return check_abi.differences(FROZEN, self.headers)

    def test_growth_at_the_end_is_allowed(self):
        self.assertEqual(self.change("call.h", "} headrace_call;", "  int64_t more;\n} headrace_call;"), [])
        new = "#define HEADRACE_NEW 21\n#define HEADRACE_OK 0"
        self.assertEqual(self.change("status.h", "#define HEADRACE_OK 0", new), [])

    def test_a_wider_member_moves_what_follows(self):
        told = self.change("call.h", "uint32_t attempt;", "uint64_t attempt;")
        self.assertIn("headrace_call.attempt was uint32_t at 4 and is uint64_t at 8", told)
        self.assertTrue(any(line.startswith("headrace_call.deadline_ns was int64_t at 8") for line in told))

    def test_a_member_that_goes_is_told(self):
        told = self.change("abi.h", "  void (*release)(struct headrace_buffer* buffer);\n", "")
        self.assertTrue(told[0].startswith("headrace_buffer.release is gone"), told)

    def test_members_that_change_places_are_told(self):
        told = self.change("call.h", "  void* ctx;           /* the host's */\n", "")
        self.assertTrue(told)

    def test_a_constant_that_changes_is_told(self):
        told = self.change("status.h", "#define HEADRACE_THROTTLED 7 ", "#define HEADRACE_THROTTLED 70 ")
        self.assertEqual(told, ["HEADRACE_THROTTLED was 7 and is 70"])


if __name__ == "__main__":
    unittest.main()
