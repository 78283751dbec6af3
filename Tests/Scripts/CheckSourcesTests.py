"""The source rules find what they are for, and leave alone what only looks like it."""

import importlib.util
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def load(name):
    specification = importlib.util.spec_from_file_location(name.replace("-", "_"), SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


check = load("check-sources")


def messages(path, text):
    return [message for _, message in check.findings(path, text)]


class Imports(unittest.TestCase):
    def test_a_pure_module_imports_no_foundation_under_any_access_level(self):
        for line in ("import Foundation", "public import Foundation", "@preconcurrency import Foundation",
                     "import struct Foundation.Date"):
            self.assertEqual(messages("Host/Policy/A.swift", line + "\n"), ["`Foundation` may not be imported here"])

    def test_an_import_in_a_comment_or_a_string_is_none(self):
        self.assertEqual(messages("Host/Policy/A.swift", '// import Foundation\nlet a = """\nimport Glibc\n"""\n'), [])

    def test_the_host_sees_the_plugin_abi_in_one_folder_only(self):
        for folder in ("Pipelines", "PluginRuntime"):
            self.assertEqual(len(messages(f"Host/{folder}/A.swift", "import CHeadrace\n")), 1)
        self.assertEqual(messages("Host/PluginCalls/A.swift", "import CHeadrace\n"), [])


class Functions(unittest.TestCase):
    def swift(self, lines):
        return "struct A {\n  func long(\n    _ a: Int\n  ) -> Int {\n" + "    work()\n" * lines + "  }\n}\n"

    def c(self, lines):
        return "static int\nlong_one(int a) {\n" + "  work(a);\n" * lines + "}\n"

    def test_seventy_lines_pass_and_seventy_one_do_not(self):
        self.assertEqual(messages("Host/Gate/A.swift", self.swift(66)), [])
        self.assertEqual(messages("Host/Gate/A.swift", self.swift(67)), ["`long` has 71 lines; 70 is the most"])
        self.assertEqual(messages("Plugins/A.cpp", self.c(67)), [])
        self.assertEqual(messages("Plugins/A.cpp", self.c(68)), ["`long_one` has 71 lines; 70 is the most"])

    def test_a_requirement_has_no_body_that_could_be_long(self):
        text = "protocol P {\n  func a()\n}\nstruct S {\n" + "  let a = 1\n" * 100 + "}\n"
        self.assertEqual(messages("Host/Gate/A.swift", text), [])

    def test_braces_in_strings_and_comments_do_not_count(self):
        text = 'func a() {\n  let brace = "{"  // {\n}\n' + "let a = 1\n" * 100
        self.assertEqual(messages("Host/Gate/A.swift", text), [])

    def test_a_long_namespace_or_class_is_no_function(self):
        text = "namespace a {\nclass B {\n" + "  int c;\n" * 100 + "};\n}\n"
        self.assertEqual(messages("Plugins/A.cpp", text), [])

    def test_a_constructor_with_initialisers_and_a_method_with_qualifiers_are_seen(self):
        body = "  work();\n" * 80
        self.assertEqual(len(messages("Plugins/A.cpp", "A::A(int b) : b_(b), c_(0) {\n" + body + "}\n")), 1)
        self.assertEqual(len(messages("Plugins/A.cpp", "int A::b() const noexcept {\n" + body + "}\n")), 1)
        self.assertEqual(len(messages("Plugins/A.cpp", "int b(int c = f(1)) {\n" + body + "}\n")), 1)
        self.assertEqual(len(messages("Plugins/A.cpp", "bool A::operator==(const A& b) {\n" + body + "}\n")), 1)
        self.assertEqual(messages("Plugins/A.cpp", "static const int a[f(1)] = {\n" + "  1,\n" * 80 + "};\n"), [])


class Words(unittest.TestCase):
    def test_a_clock_has_no_place_in_a_pure_module_but_has_one_elsewhere(self):
        self.assertEqual(len(messages("Host/Policy/A.swift", "let now = ContinuousClock().now\n")), 1)
        self.assertEqual(messages("Host/System/A.swift", "let now = ContinuousClock().now\n"), [])

    def test_a_generator_must_be_handed_in(self):
        self.assertEqual(len(messages("Host/Policy/A.swift", "let a = Int.random(in: 0..<9)\n")), 1)
        self.assertEqual(messages("Host/Policy/A.swift", "let a = Int.random(in: 0..<9, using: &random)\n"), [])

    def test_a_path_of_one_machine_is_found_and_a_relative_one_is_not(self):
        self.assertEqual(len(messages("docs/a.md", "see /ho" + "me/ann/x\n")), 1)
        self.assertEqual(messages("docs/a.md", "see src/home/x and https://example.org/home/x\n"), [])

    def test_a_note_to_oneself_is_found(self):
        self.assertEqual(len(messages("Host/A.swift", "// TO" + "DO: later\n")), 1)

    def test_giving_up_is_for_tests(self):
        self.assertEqual(len(messages("Host/Gate/A.swift", "fatal" + "Error()\n")), 1)
        self.assertEqual(messages("Tests/GateTests/A.swift", "fatal" + "Error()\n"), [])


if __name__ == "__main__":
    unittest.main()
