"""Which blocks of a page are compiled, and what is said of one that does not compile."""
import importlib.util
import pathlib
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/check-examples.py"
SPEC = importlib.util.spec_from_file_location("check_examples", SCRIPT)
check = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check)


class Examples(unittest.TestCase):
    def test_only_whole_files_are_taken_with_their_line(self):
        page = "# A page\n\n```c\nint half(\n```\n\n```c file\nint whole;\n```\n\n```cpp file\nint other;\n```\n"
        self.assertEqual(check.blocks(page), [(8, "c", "int whole;\n"), (12, "cpp", "int other;\n")])

    def test_a_piece_has_to_stand_in_its_file(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "whole.c").write_text("int one;\nint two;\n")
            page = "```c of whole.c\nint two;\n```\n\n```c of whole.c\nint three;\n```\n\n```rust of none.rs\n```\n"
            told = list(check.strays(page, root))
        self.assertEqual(told, [(5, "this does not stand in `whole.c`"), (9, "`none.rs` is not there")])

    def test_what_compiles_is_fine(self):
        self.assertIsNone(check.complaint("c", "#include <headrace/headrace.h>\nheadrace_status status = 1;\n"))
        self.assertIsNone(check.complaint("cpp", "#include <headrace/plugin.hpp>\nheadrace_status status = 1;\n"))

    def test_a_mistake_is_told_with_its_line(self):
        self.assertTrue(check.complaint("c", "\nint broken\n").startswith("2:"))

    def test_a_warning_is_a_mistake(self):
        self.assertIn("unused", check.complaint("c", "int one(int unused) { return 1; }\n"))


if __name__ == "__main__":
    unittest.main()
