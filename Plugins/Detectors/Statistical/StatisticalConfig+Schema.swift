extension StatisticalConfig {
  static let schema = """
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "statistical",
      "description": "Learns what is usual and reports what is not.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "columns": {
          "description": "The columns to watch; of numbers, unless 'rules' names neither robust_z_score nor ewma.",
          "type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": true, "default": []
        },
        "rules": {
          "description": "The rules to apply.",
          "type": "array", "uniqueItems": true,
          "items": {"enum": ["robust_z_score", "ewma", "null_rate", "row_count"]},
          "default": ["robust_z_score", "ewma", "null_rate", "row_count"]
        },
        "robust_z_score": {
          "description": "A single value far from the median of the last values.",
          "type": "object", "additionalProperties": false,
          "properties": {
            "threshold": {"description": "Deviations from the median.", "type": "number", "exclusiveMinimum": 0, \
    "default": 6},
            "window": {"description": "How many values are remembered.", "type": "integer", "minimum": 8, \
    "maximum": 8192, "default": 512},
            "warmup": {"description": "How many values are learnt before the first is judged: 64, or the window if it \
    is smaller.", "type": "integer", "minimum": 3}
          }
        },
        "ewma": {
          "description": "A level that drifts: the moving average of the means of groups of values.",
          "type": "object", "additionalProperties": false,
          "properties": {
            "threshold": {"description": "The width of the control limits, in deviations.", "type": "number", \
    "exclusiveMinimum": 0, "default": 5},
            "weight": {"description": "The weight of the newest group.", "type": "number", "exclusiveMinimum": 0, \
    "maximum": 1, "default": 0.2},
            "group": {"description": "How many values make a group.", "type": "integer", "minimum": 1, \
    "default": 256},
            "warmup": {"description": "How many groups are learnt before the first is judged.", "type": "integer", \
    "minimum": 2, "default": 20}
          }
        },
        "null_rate": {
          "description": "More or fewer nulls than usual in a group of rows.",
          "type": "object", "additionalProperties": false,
          "properties": {
            "threshold": {"description": "Deviations from the usual number.", "type": "number", \
    "exclusiveMinimum": 0, "default": 6},
            "min_change": {"description": "The least change of the rate that matters.", "type": "number", \
    "minimum": 0, "maximum": 1, "default": 0.05},
            "group": {"description": "How many rows make a group.", "type": "integer", "minimum": 10, \
    "default": 1000},
            "warmup": {"description": "How many rows are learnt before the first group is judged.", \
    "type": "integer", "minimum": 10, "default": 1000}
          }
        },
        "row_count": {
          "description": "A run with more or fewer rows than usual.",
          "type": "object", "additionalProperties": false,
          "properties": {
            "threshold": {"description": "Deviations from the median.", "type": "number", "exclusiveMinimum": 0, \
    "default": 3.5},
            "history": {"description": "How many runs are remembered.", "type": "integer", "minimum": 3, \
    "maximum": 1000, "default": 20},
            "warmup": {"description": "How many runs are learnt before the first is judged: 5, or the history if it is \
    shorter.", "type": "integer", "minimum": 3}
          }
        },
        "freshness": {
          "description": "The newest time in a column, compared with the time at the end of the run.",
          "type": "object", "additionalProperties": false, "required": ["column", "max_age"],
          "properties": {
            "column": {"description": "A column of dates or timestamps; without a zone they are taken to be in UTC.", \
    "type": "string", "minLength": 1},
            "max_age": {"description": "30s, 15m, 6h or 2d.", "type": "string", "pattern": "^[0-9]+[smhd]$"}
          }
        },
        "severity": {"description": "Of findings.", "enum": ["info", "warning", "critical"], "default": "warning"},
        "max_findings": {"description": "How many findings of a rule are told one by one in a batch; the rest are \
    summed up.", "type": "integer", "minimum": 0, "maximum": 1000, "default": 10}
      }
    }
    """
}
