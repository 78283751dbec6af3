"""The link check finds dead links and headings, and does not take code for a link."""

import importlib.util
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check-docs.py"
specification = importlib.util.spec_from_file_location("check_docs", SCRIPT)
check = importlib.util.module_from_spec(specification)
specification.loader.exec_module(check)


class Links(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "other.md").write_text("# A `name`, and more\n\n## Twice\n\n## Twice\n")

    def findings(self, text):
        page = self.folder / "page.md"
        page.write_text(text)
        return list(check.findings(page))

    def test_a_link_that_leads_somewhere_is_fine(self):
        text = "[a](other.md) [b](other.md#a-name-and-more) [c](other.md#twice-1) [d](https://example.org/x) [e](.)\n"
        self.assertEqual(self.findings(text), [])

    def test_a_missing_file_is_found_on_its_line(self):
        self.assertEqual(self.findings("\n\n[a](none.md)\n"), [(3, "`none.md` leads nowhere")])

    def test_a_missing_heading_is_found(self):
        self.assertEqual(len(self.findings("[a](other.md#thrice)\n")), 1)
        self.assertEqual(len(self.findings("# Here\n[a](#there)\n")), 1)

    def test_a_link_from_the_root_of_the_disk_is_refused(self):
        self.assertEqual(len(self.findings("[a](/etc/hosts)\n")), 1)

    def test_a_reference_at_the_foot_of_the_page_is_followed(self):
        self.assertEqual(len(self.findings("[a]\n\n[a]: none.md\n")), 1)

    def test_code_holds_no_links(self):
        self.assertEqual(self.findings("`[a](none.md)`\n\n```\n[a](none.md)\n```\n"), [])


if __name__ == "__main__":
    unittest.main()
