import Testing

/// Whatever ends a run, and wherever: the next run goes on, and the tables hold each row, dead letter and finding once.
///
/// One after another: these tests time signals by what a run tells, and a crowded machine would leave them one phase.
@Suite(.serialized) struct ExactlyOnceTests {}
