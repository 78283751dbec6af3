import Glibc

/// Runs a body on some threads of their own, at once.
///
/// - Parameters:
///   - joined: whether to wait for all of them.
///   - body: takes the number of its thread, from 0 on.
func onThreads(_ count: Int, joined: Bool = true, _ body: @escaping (Int) -> Void) {
  final class Work {
    let body: (Int) -> Void
    let index: Int
    init(_ body: @escaping (Int) -> Void, _ index: Int) {
      self.body = body
      self.index = index
    }
  }
  var threads = [pthread_t](repeating: pthread_t(), count: count)
  for index in threads.indices {
    let code = pthread_create(
      &threads[index], nil,
      { work in
        guard let work else { return nil }
        let taken = Unmanaged<Work>.fromOpaque(work).takeRetainedValue()
        taken.body(taken.index)
        return nil
      }, Unmanaged.passRetained(Work(body, index)).toOpaque())
    precondition(code == 0, "no thread can be had")
  }
  for thread in threads {
    if joined { pthread_join(thread, nil) } else { pthread_detach(thread) }
  }
}
