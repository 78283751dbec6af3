/// Pipeline files that have to pass, each for what is in it. None uses `${...}`, so that they can also be compared with
/// the JSON Schema.
enum ValidFiles {
  static let smallest = """
    version: 1
    pipeline: smallest
    source: {plugin: file}
    destination: {table: bronze.rows}
    """

  static let whole = """
    version: 1
    pipeline: shop
    source_id: 7
    vars: {schema: public, limit: 5, flag: true, nothing: ~}
    source:
      plugin: postgres
      config: {dsn: "host=db", nested: {list: [1, 2.5, false, null]}}
      streams:
        - public.customers
        - name: public.orders
          key: [id]
          read: full
          write: append
          allow_duplicates: true
          table: bronze.orders
          partition: ["day(created_at)", "bucket(16, id)", region]
        - name: archive.*
    transforms:
      - plugin: map
        streams: [public.customers]
        config: {rename: {cust: customer}}
      - plugin: sql
        scope: batch
        streams: public.orders
        config: {query: "SELECT *, amount * 100 AS cents FROM input WHERE status <> 'cancelled'"}
    detectors:
      - plugin: statistical
        config: {columns: [amount]}
    destination:
      table: "bronze.{stream.schema}_{stream.name}"
      write: replace
      metadata_columns: [source_id, ingested_at]
      commit: {every: 30s, rows: 1000000, file_size: 128MiB}
    schema: {tables: evolve, columns: evolve, types: freeze}
    on_error: {record: dead_letter, max: 0.1%, then: fail}
    policy: {retry: {db_query: {max_retries: 5}}}
    """

  static let anchors = """
    %YAML 1.2
    ---
    version: 1
    pipeline: anchors
    source:
      plugin: file
      config: &settings
        path: 'data/*.csv'
        format: csv
    transforms:
      - {plugin: map, config: *settings}
    destination:
      table: >-
        bronze.rows
      metadata_columns: []
    ...
    """

  static let names = """
    "version": 1
    'pipeline': Ünïcode-free_1
    source: {plugin: file, streams: ["a b/ç.csv", "*.JSON", 'x?y']}
    destination: {table: "bronze.größe_{stream.name}"}
    """

  static let policies = """
    version: 1
    pipeline: policies
    source: {plugin: file}
    destination: {table: a.b.c, commit: {every: 1h30m, file_size: 1.5GiB}}
    on_error: {max: 10}
    policy:
      retry:
        api_call: {max_retries: 1, base_delay: 0s, max_delay: 250ms, jitter: full}
        cdc_event: {jitter: decorrelated}
      breaker:
        failure_threshold: 5
        failure_rate_threshold: 50%
        failure_window: 60s
        minimum_calls: 10
        timeout: 30s
        success_threshold: 3
        slow_call_duration: 2s
        slow_call_rate_threshold: 80%
      retry_budget: {percent_of_calls: 20%, reserve_per_second: 10, capacity: 100}
      deadlines: {db_query: 5m}
      bulkhead: {max_in_flight: 8, max_wait: 1s}
    """

  static let emptySections = """
    version: 1
    pipeline: empty
    vars:
    source:
      plugin: file
      config:
      streams:
    transforms:
    detectors: []
    destination: {table: a.b, commit: }
    schema:
    on_error: {}
    policy: ~
    """

  static let all = [smallest, whole, anchors, policies, emptySections]
}
