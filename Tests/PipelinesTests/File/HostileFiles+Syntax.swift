extension HostileFiles {
  static let syntax: [HostileFile] = [
    HostileFile(
      "empty file",
      """

      """,
      [
        "p.yaml:1:1: the file is empty"
      ]),
    HostileFile(
      "only a comment",
      """
      # nothing here

      """,
      [
        "p.yaml:1:1: the file is empty"
      ]),
    HostileFile(
      "only null",
      """
      null

      """,
      [
        "p.yaml:1:1: the file is empty"
      ]),
    HostileFile(
      "a list at the top",
      """
      - a

      """,
      [
        "p.yaml:1:1: expected a mapping, found a list, begin with 'version: 1'"
      ]),
    HostileFile(
      "a scalar at the top",
      """
      hello

      """,
      [
        "p.yaml:1:1: expected a mapping, found the text 'hello', begin with 'version: 1'"
      ]),
    HostileFile(
      "tab as indentation",
      """
      version: 1
      source:
      \tplugin: file

      """,
      [
        "p.yaml:3:1: a tab is used for indentation, YAML indents with spaces"
      ]),
    HostileFile(
      "tab after spaces",
      """
      version: 1
      source:
        plugin: file
        \tconfig: {}

      """,
      [
        "p.yaml:4:3: a tab is used for indentation, YAML indents with spaces"
      ]),
    HostileFile(
      "unclosed double quote",
      """
      version: 1
      pipeline: "abc

      """,
      [
        "p.yaml:2:11: the quote that opens here is never closed"
      ]),
    HostileFile(
      "unclosed single quote",
      """
      version: 1
      pipeline: 'abc
      source: {}

      """,
      [
        "p.yaml:2:11: the quote that opens here is never closed"
      ]),
    HostileFile(
      "unclosed list",
      """
      version: 1
      transforms: [a, b
      destination: {}

      """,
      [
        "p.yaml:3:12: expected ',' or ']' here, the list opened at line 2 is not closed"
      ]),
    HostileFile(
      "unclosed mapping",
      """
      version: 1
      source: {plugin: file

      """,
      [
        "p.yaml:3:1: expected ',' or '}' here, the mapping opened at line 2 is not closed"
      ]),
    HostileFile(
      "value with colon",
      """
      version: 1
      pipeline: a: b

      """,
      [
        "p.yaml:2:12: a ':' is not allowed here, quote a value that contains ': ', or check the "
          + "indentation"
      ]),
    HostileFile(
      "reserved character",
      """
      version: 1
      pipeline: @p

      """,
      [
        "p.yaml:2:11: a value cannot begin with '@', put the value in quotes"
      ]),
    HostileFile(
      "backquote",
      """
      version: 1
      pipeline: `p`

      """,
      [
        "p.yaml:2:11: a value cannot begin with '`', put the value in quotes"
      ]),
    HostileFile(
      "bad escape",
      """
      version: 1
      pipeline: "a\\qb"

      """,
      [
        "p.yaml:2:13: unknown escape in double quotes, write '\\\\' for a backslash or use single "
          + "quotes"
      ]),
    HostileFile(
      "bad hexadecimal escape",
      """
      version: 1
      pipeline: "\\xZZ"

      """,
      [
        "p.yaml:2:14: the escape is not a character code in hexadecimal"
      ]),
    HostileFile(
      "bad indentation of key",
      """
      version: 1
      source:
         plugin: file
        config: {}

      """,
      [
        "p.yaml:4:3: expected a key here, it belongs to the mapping at line 1, so check the "
          + "indentation"
      ]),
    HostileFile(
      "key without colon",
      """
      version: 1
      pipeline
      source: {}

      """,
      [
        "p.yaml:2:1: this key is not followed by ':'"
      ]),
    HostileFile(
      "list entry beside a key",
      """
      version: 1
      source:
        plugin: file
        - x

      """,
      [
        "p.yaml:4:3: expected a key here, it belongs to the mapping at line 3, so check the "
          + "indentation"
      ]),
    HostileFile(
      "list begun on the line of its key",
      """
      version: 1
      transforms: - plugin: map

      """,
      [
        "p.yaml:2:13: a '-' is not allowed here, begin the list on a line of its own"
      ]),
    HostileFile(
      "two documents",
      """
      version: 1
      pipeline: a
      ---
      version: 1

      """,
      [
        "p.yaml:3:1: a second document begins here, a file holds one, move it to a file of its own"
      ]),
    HostileFile(
      "merge key",
      """
      version: 1
      source: &s {plugin: file}
      destination:
        <<: *s

      """,
      [
        "p.yaml:4:3: merge keys '<<' are not part of YAML 1.2, write the keys out, or use an alias "
          + "for a whole value"
      ]),
    HostileFile(
      "unknown anchor",
      """
      version: 1
      pipeline: *nope

      """,
      [
        "p.yaml:2:11: no anchor '&nope' comes before this alias"
      ]),
    HostileFile(
      "misspelt anchor",
      """
      version: 1
      vars: {a: &table x}
      pipeline: *tabel

      """,
      [
        "p.yaml:3:11: no anchor '&tabel' comes before this alias, did you mean 'table'?"
      ]),
    HostileFile(
      "alias inside its own anchor",
      """
      version: 1
      vars: &v {a: *v}

      """,
      [
        "p.yaml:2:14: the alias '*v' is inside what it names"
      ]),
    HostileFile(
      "alias bomb",
      """
      a: &a [x,x,x,x,x,x,x,x,x,x]
      b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
      c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
      d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
      e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]
      f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]
      g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]
      h: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g,*g]

      """,
      [
        "p.yaml:4:29: aliases expand to more than 10000 values"
      ]),
    HostileFile(
      "unknown tag",
      """
      version: 1
      pipeline: !python/object x

      """,
      [
        "p.yaml:2:11: the tag '!python/object' is not supported here, leave it out"
      ]),
    HostileFile(
      "wrong core tag",
      """
      version: 1
      pipeline: !!int x

      """,
      [
        "p.yaml:2:11: the tag '!!int' does not fit the text 'x'"
      ]),
    HostileFile(
      "a list as a key",
      """
      version: 1
      ? [a, b]
      : c

      """,
      [
        "p.yaml:2:3: a list cannot be a key, quote a text that begins with '{' or '['"
      ]),
    HostileFile(
      "key without text",
      """
      version: 1
      : x

      """,
      [
        "p.yaml:2:1: expected a key here, it belongs to the mapping at line 1, so check the "
          + "indentation"
      ]),
    HostileFile(
      "control character",
      """
      version: 1
      pipeline: "a\u{1}b"

      """,
      [
        "p.yaml:2:13: a control character is not allowed here, remove it, or write it as an escape "
          + "in double quotes"
      ]),
  ]
}
