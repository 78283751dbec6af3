import HostModel
import Synchronization
import Testing

@Suite struct CancellationTests {
  @Test func handlersRunOnceInTheirOrderAndLateOnesAtOnce() {
    let cancellation = Cancellation()
    let ran = Mutex<[Int]>([])
    for number in 1...3 { _ = cancellation.onCancel { ran.withLock { $0.append(number) } } }
    let forgotten = cancellation.onCancel { ran.withLock { $0.append(99) } }
    cancellation.remove(forgotten)
    #expect(!cancellation.isCancelled)
    cancellation.cancel()
    cancellation.cancel()
    _ = cancellation.onCancel { ran.withLock { $0.append(4) } }
    #expect(cancellation.isCancelled && ran.withLock { $0 } == [1, 2, 3, 4])
  }
}
