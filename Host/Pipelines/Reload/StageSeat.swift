import HostModel
import HostPluginRuntime

/// A plugin in its place, as one lane has it.
///
/// Between two batches the lane changes over to what the book says by then. The one before is kept until the newcomer's trial
/// is over. If it fails before that, the one before goes on as it was, with the same batch. Used by one lane.
final class StageSeat<Instance> {
  private typealias Holder = (instance: Instance, of: StageBook.Current)

  private let book: StageBook
  private let planned: PlannedStage
  private let make: (PlannedStage) throws(Failure) -> Instance
  private let whenTakenBack: (PlannedStage, Failure) -> Void
  private var held: Holder
  /// What goes on if the newcomer fails; nil if there was nothing here before it.
  private var before: Holder?
  /// Whether what is held has yet to do its first batch here.
  private(set) var isOnTrial: Bool
  /// Whether a failure of what is held may still be that of a newcomer: nobody has proven it, as far as this lane knows.
  private(set) var isTried: Bool

  /// - Parameters:
  ///   - make: makes an instance of a plugin in this place.
  ///   - whenTakenBack: is told once, in whichever lane a newcomer fails first.
  /// - Throws: why there is no instance, neither of a newcomer nor of the one before.
  init(
    _ book: StageBook, _ planned: PlannedStage, whenTakenBack: @escaping (PlannedStage, Failure) -> Void,
    make: @escaping (PlannedStage) throws(Failure) -> Instance
  ) throws(Failure) {
    self.book = book
    self.planned = planned
    self.make = make
    self.whenTakenBack = whenTakenBack
    var current = book.current(planned)
    while true {
      do throws(Failure) {
        held = (try make(current.stage), current)
        break
      } catch {
        guard let next = Self.takeBack(current, error, book, whenTakenBack) else { throw error }
        current = next
      }
    }
    isOnTrial = current.number > 0
    isTried = isOnTrial
  }

  var instance: Instance { held.instance }
  var stage: PlannedStage { held.of.stage }

  /// Whether there is another plugin to change over to.
  var isOutdated: Bool { book.current(planned).number != held.of.number }

  /// Changes over to the plugin that is in this place now. Between two batches only.
  func changeOver() throws(Failure) {
    var next = book.current(planned)
    while next.number != held.of.number {
      do throws(Failure) {
        if resume(next) { return }
        let instance = try make(next.stage)
        // What was not proven is not what one falls back to.
        before = isTried ? before : held
        held = (instance, next)
        isOnTrial = next.number > 0
        isTried = isOnTrial
      } catch {
        guard let back = Self.takeBack(next, error, book, whenTakenBack) else { throw error }
        next = back
      }
    }
  }

  /// Does a batch, by the one before if the newcomer fails.
  ///
  /// - Parameters:
  ///   - proves: whether it is more than a preparation.
  ///   - body: leaves nothing behind if it fails.
  func use<R: ~Copyable>(
    proves: Bool = true, _ body: (Instance) throws(Failure) -> R
  ) throws(Failure) -> R {
    while true {
      do throws(Failure) {
        let result = try body(held.instance)
        if proves { prove() }
        return result
      } catch {
        guard try goBack(after: error) else { throw error }
      }
    }
  }

  /// What is held has done a batch.
  func prove() {
    guard isOnTrial else { return }
    isOnTrial = false
    guard book.prove(held.of) else { return }
    isTried = false
    before = nil
  }

  /// What is held has failed at a batch.
  ///
  /// - Returns: whether it was on trial, and another is held now that has not seen the batch.
  func goBack(after failure: Failure) throws(Failure) -> Bool {
    guard isTried, let next = Self.takeBack(held.of, failure, book, whenTakenBack) else { return false }
    if resume(next) { return true }
    held = (try make(next.stage), next)
    isOnTrial = next.number > 0
    isTried = isOnTrial
    return true
  }

  /// Goes on with the one before, as it was, if that is the one.
  private func resume(_ next: StageBook.Current) -> Bool {
    guard let before, before.of.number == next.number else { return false }
    held = before
    self.before = nil
    isOnTrial = false
    isTried = false
    return true
  }

  private static func takeBack(
    _ current: StageBook.Current, _ failure: Failure, _ book: StageBook, _ tell: (PlannedStage, Failure) -> Void
  ) -> StageBook.Current? {
    // Whoever stops a run says nothing about a plugin.
    guard failure.status != .cancelled, let back = book.takeBack(current) else { return nil }
    if back.isFirst { tell(current.stage, failure) }
    return back.current
  }
}
