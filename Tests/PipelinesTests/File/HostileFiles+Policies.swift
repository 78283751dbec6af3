extension HostileFiles {
  static let policies: [HostileFile] = [
    HostileFile(
      "policy",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      policy:
        retry: {db_quer: {max_retries: 5}, api_call: {max_retries: 0, base_delay: 10s, max_delay: 5s}}
        breaker: {failure_rate_threshold: 0.5, timeout: 0s, minimum_calls: 0, window_calls: 10, failure_window: 60s}
        deadlines: {api_call: 0s}
        bulkhead: {max_in_flight: 0}
        fallback: {}

      """,
      [
        "p.yaml:6:11: unknown key 'db_quer', did you mean 'db_query'?",
        "p.yaml:6:62: expected a whole number from 1 to 1025, found the number 0",
        "p.yaml:6:77: 'base_delay' is longer than 'max_delay'",
        "p.yaml:7:37: expected a whole percentage such as 50%, found the number 0.5",
        "p.yaml:7:51: expected a duration from 1ms to 1d",
        "p.yaml:7:70: expected a whole number from 1 to 1000000, found the number 0",
        "p.yaml:7:87: a window is either a time or a number of calls, leave one of them out",
        "p.yaml:8:25: expected a duration from 1ms to 7d",
        "p.yaml:9:29: expected a whole number from 1 to 100000, found the number 0",
        "p.yaml:10:3: unknown key 'fallback', known here: retry, breaker, retry_budget, deadlines, bulkhead, "
          + "degradation, throttling, adaptive_concurrency and hedging",
      ]),
    HostileFile(
      "many mistakes at once",
      """
      version: 1
      pipeline: p
      source: {plugin: "a b", streams: [{read: often}]}
      destination: {tabel: a.b}
      nope: 1
      on_errors: {}

      """,
      [
        "p.yaml:3:18: expected a plugin's name of letters, digits, '_' and '-', found the text 'a b'",
        "p.yaml:3:35: missing 'name': a stream's name or pattern",
        "p.yaml:3:42: expected full or new_files, found the text 'often'",
        "p.yaml:4:14: missing 'table': a table such as bronze.orders, or give every stream its own "
          + "'table'",
        "p.yaml:4:15: unknown key 'tabel', did you mean 'table'?",
        "p.yaml:5:1: unknown key 'nope', known here: version, pipeline, source_id, vars, source, "
          + "transforms, detectors, destination, schema, on_error and policy",
        "p.yaml:6:1: unknown key 'on_errors', did you mean 'on_error'?",
      ]),
  ]
}
