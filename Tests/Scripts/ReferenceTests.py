"""What the reference makes of a header."""
import importlib.util
import pathlib
import re
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/reference.py"
SPEC = importlib.util.spec_from_file_location("reference", SCRIPT)
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)

HEADER = """/* What a wheel is. */
#ifndef HEADRACE_WHEEL_H
#define HEADRACE_WHEEL_H

#ifdef __cplusplus
extern "C" {
#endif

/*                             stands still | falls over */
#define HEADRACE_LEFT 0     /* against it no | yes */
#define HEADRACE_RIGHT (-1)

/* A wheel.
 *
 * OWNERSHIP: the host's. */
typedef struct headrace_wheel {
  uint32_t struct_size;
  int32_t spokes; /* 3 | more; */

  /* Of iron; see `a|b`. */
  int64_t mass; /* in grams */
  void (*release)(struct headrace_wheel* wheel);

  /* [instance thread & bound] Turns it by `*angle`.
   * OWNERSHIP: the plugin frees nothing. */
  headrace_status (*turn)(headrace_instance* instance, const headrace_call* call, const struct headrace_wheel* wheel,
                          headrace_error* error);
} headrace_wheel; /* round for ever */

/* [any thread] The first wheel. */
HEADRACE_EXPORT const headrace_wheel* headrace_first_wheel(void);

#endif /* HEADRACE_WHEEL_H */
"""


class Reference(unittest.TestCase):
    def setUp(self):
        self.text = reference.section("wheel.h", HEADER)

    def test_headings_are_the_names_in_c(self):
        headings = [line for line in self.text.splitlines() if line.startswith("#")]
        self.assertEqual(
            headings,
            ["## `headrace/wheel.h`", "### `headrace_wheel`", "#### `headrace_wheel.turn`",
             "### `headrace_first_wheel`"])

    def test_members_are_told_with_the_comments_above_and_behind_them(self):
        self.assertIn("| `spokes` | `int32_t` | 3 \\| more; |", self.text)
        self.assertIn("| `mass` | `int64_t` | Of iron; see `a\\|b`. In grams |", self.text)
        self.assertIn("| `release` | `void (*release)(struct headrace_wheel* wheel)` |  |", self.text)

    def test_a_function_has_its_tag_its_declaration_and_its_ownership(self):
        self.assertIn("#### `headrace_wheel.turn`\n\n*instance thread & bound*\n\n```c\n", self.text)
        indent = " " * len("headrace_status (*turn)(")
        self.assertIn(f"\n{indent}const struct headrace_wheel* wheel, headrace_error* error);", self.text)
        self.assertIn("Turns it by `*angle`.\n\n**Ownership:** the plugin frees nothing.", self.text)

    def test_a_structure_has_its_ownership_and_what_stands_behind_it(self):
        self.assertIn("**Ownership:** the host's.\n\nround for ever", self.text)

    def test_constants_have_values_and_meanings_and_guards_are_none(self):
        self.assertIn("| constant | value | meaning | stands still | falls over |", self.text)
        self.assertIn("| `HEADRACE_LEFT` | `0` | against it | no | yes |", self.text)
        self.assertIn("| `HEADRACE_RIGHT` | `-1` |  |  |  |", self.text)
        self.assertNotIn("WHEEL_H", self.text.replace("wheel.h", ""))

    def test_every_declaration_of_the_headers_is_on_the_page(self):
        page = reference.page()
        declared = re.compile(r"\(\*(\w+)\)\(|^#define (HEADRACE_\w+) |^\} (\w+);", re.M)
        for path in reference.HEADERS.rglob("*.h"):
            for names in declared.findall(path.read_text()):
                self.assertIn(next(filter(None, names)), page, path)

    def test_a_changed_header_changes_the_page(self):
        with tempfile.TemporaryDirectory() as folder:
            headers = pathlib.Path(folder) / "headrace"
            headers.mkdir()
            (headers / "wheel.h").write_text(HEADER)
            before = reference.page(folder)
            (headers / "wheel.h").write_text(HEADER.replace("in grams", "in pounds"))
            self.assertNotEqual(reference.page(folder), before)


if __name__ == "__main__":
    unittest.main()
