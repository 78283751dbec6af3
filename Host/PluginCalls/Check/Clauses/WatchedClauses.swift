/// Rules that are watched in every attempt, whatever is tried.
let callClauses: [Clause] = [
  .watched(
    "CAL-1", "A status is one that a plugin may return; HEADRACE_END_OF_STREAM only comes from the reading of rows."),
  .watched(
    "CAL-2",
    "A call that fails fills the error: the same status, a message in UTF-8 on one line without a full stop, what it "
      + "promises to free."),
  .watched("CAL-3", "A call that succeeds leaves the error alone."),
  .watched("CAL-4", "A call that fails leaves what it was to fill as it came."),
  .watched("CAL-5", "A call returns by its deadline."),
  .watched("CAL-6", "A call that is cancelled returns soon, and cancel never blocks."),
  .watched("CAL-7", "Nothing is written to what was lent for reading, or behind the end of a structure."),
  .watched("CAL-8", "A call that has all that it needs succeeds."),
]

let processClauses: [Clause] = [
  .watched("PRC-1", "The process goes on: no crash, no exit."),
  .watched("PRC-2", "Every function comes back."),
  .watched("PRC-3", "Standard input, output and error are the host's."),
  .watched("PRC-4", "Handlers, mask and timers of signals are the host's."),
  .watched(
    "PRC-5", "Folder, umask, environment, locale, priority, limits, name and group of the process stay as they are."),
  .watched("PRC-6", "The floating point environment stays as it is."),
  .watched(
    "PRC-7", "What the host has opened stays open; what the plugin opens is closed when its instance is destroyed."),
  .watched("PRC-8", "Threads and processes that the plugin starts end before its instance is destroyed."),
  .watched("PRC-9", "Memory that an instance has taken is given back."),
  .watched("PRC-10", "What it does is granted by its manifest."),
]

let dataClauses: [Clause] = [
  .watched("ARR-1", "A schema is a struct of columns with unique names, of types of this ABI."),
  .watched("ARR-2", "An array's lengths, offsets, buffers and children are those of its schema."),
  .watched("ARR-3", "What lies in an array's buffers is what it says: offsets grow, text is UTF-8, nulls are counted."),
  .watched("ARR-4", "Releasing marks the structure as released, on any thread, after destroy too, and does not block."),
  .watched("ARR-5", "What was returned does not change afterwards."),
  .watched("ARR-6", "Rejects have a reason, and of a transform the row that they are about."),
  .watched("HST-1", "Memory of the host's is freed once, whole, and not written outside of, or after that."),
  .watched("HST-2", "Log lines are UTF-8 of at most 8 KiB without control characters, of a known level, and no flood."),
  .watched("HST-3", "At most 64 metrics, named in lower case with underscores."),
  .watched(
    "HST-4", "Secrets are asked for that the manifest declares; keys and values of the state are within bounds."),
  .watched("HST-5", "Requests over HTTP could be sent as they are, and go to hosts that the manifest declares."),
]
