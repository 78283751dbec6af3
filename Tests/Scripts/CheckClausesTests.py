"""What the comparison of the checker's clauses with its page sees."""
import importlib.util
import pathlib
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/check-clauses.py"
SPEC = importlib.util.spec_from_file_location("check_clauses", SCRIPT)
check = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check)

SOURCES = {
    "Clause.swift": "static let all: [Clause] =\n    secondClauses + firstClauses\n",
    "Rules.swift": '''
let firstClauses: [Clause] = [
  .watched("ONE-1", "All is \\"well\\"."),
  .watched(
    "ONE-2",
    "A long rule "
      + "goes on."),
]
let secondClauses: [Clause] = [
  .tried("TWO-1", of: "source", "It works.") { (trial) throws(Objection) in throw .broken("ONE-1", "no") }
]
''',
}
CLAUSES = [("TWO-1", "It works."), ("ONE-1", 'All is "well".'), ("ONE-2", "A long rule goes on.")]


class Clauses(unittest.TestCase):
    def test_clauses_are_read_in_the_order_of_all(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in SOURCES.items():
                (pathlib.Path(folder) / name).write_text(text)
            self.assertEqual(check.known(folder), CLAUSES)

    def test_rows_of_other_tables_are_no_clauses(self):
        page = "| key | meaning |\n| --- | --- |\n| TWO-1 | It works. |\n| `skip` | left out |\n"
        self.assertEqual(check.described(page), [("TWO-1", "It works.")])

    def test_the_same_is_no_difference(self):
        self.assertEqual(check.differences(CLAUSES, CLAUSES), [])

    def test_what_is_missing_differs_or_is_too_much_is_told(self):
        self.assertIn("ONE-2 is missing", check.differences(CLAUSES, CLAUSES[:2])[0])
        other = [CLAUSES[0], ("ONE-1", "Nothing."), CLAUSES[2]]
        self.assertIn("ONE-1 says `Nothing.`", check.differences(CLAUSES, other)[0])
        self.assertEqual(check.differences(CLAUSES, CLAUSES + [("SIX-1", "No.")]), ["SIX-1 is no clause"])
        self.assertEqual(check.differences(CLAUSES, CLAUSES + CLAUSES[:1]), ["TWO-1 stands there twice"])

    def test_another_order_is_told(self):
        self.assertEqual(len(check.differences(CLAUSES, CLAUSES[::-1])), 1)

    def test_a_page_is_mended(self):
        page = "# Page\n\n| TWO-1 | It worked. |\n| OLD-1 | Gone. |\n| ONE-1 | All is \"well\". |\n\nEnd.\n"
        self.assertEqual(check.described(check.mended(page, CLAUSES)), CLAUSES)
        self.assertTrue(check.mended(page, CLAUSES).endswith("|\n\nEnd.\n"))

    def test_every_clause_of_the_sources_is_found(self):
        texts = [path.read_text() for path in check.SOURCES.rglob("*.swift")]
        made = sum(text.count(".watched(") + text.count(".tried(") for text in texts)
        self.assertEqual(len(check.known()), made)


if __name__ == "__main__":
    unittest.main()
