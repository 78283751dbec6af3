import HostModel
@testable import HostPolicy
import Testing

@Suite struct RetryMachineTests {
  private func machine(idempotent: Bool = true, deadline: Instant = .distantFuture) -> RetryMachine {
    RetryMachine(configuration: OperationClass.apiCall.retry, isIdempotent: idempotent, deadline: deadline)
  }

  private func fail(
    _ machine: inout RetryMachine, _ budget: inout RetryBudget, _ status: Status = .transient,
    retryAfter: Duration? = nil, at now: Instant = at(0)
  ) -> RetryMachine.Decision {
    var generator = ConstantGenerator.least
    return machine.attemptFailed(status, retryAfter: retryAfter, at: now, budget: &budget, using: &generator)
  }

  private var ample: RetryBudget { RetryBudget(.init(), at: at(0)) }

  @Test func anAPICallSleepsTwiceAndFails() {
    var machine = machine()
    var budget = RetryBudget(.init(reservePerSecond: 0), at: at(0))
    #expect(fail(&machine, &budget) == .retry(at: at(200), delay: .milliseconds(200)))
    #expect(fail(&machine, &budget, at: at(200)) == .retry(at: at(600), delay: .milliseconds(400)))
    #expect(fail(&machine, &budget, at: at(600)) == .stop(.attemptsExhausted))
    #expect(budget.balance == 98)
  }

  @Test(arguments: Status.allCases)
  func onlyRetriableStatusesAreRetried(_ status: Status) {
    var (machine, budget) = (machine(), ample)
    let decision = fail(&machine, &budget, status)
    if status.traits.isRetriable {
      #expect(decision == .retry(at: at(200), delay: .milliseconds(200)))
    } else {
      #expect(decision == .stop(.notRetriable))
    }
  }

  @Test func theRetriableStatusesAreTheSpecifications() {
    let retriable: Set = [408, 429, 500, 502, 503, 504]
    for code in 400..<600 {
      #expect(Status(httpCode: code).traits.isRetriable == retriable.contains(code), "HTTP \(code)")
    }
  }

  @Test func aCallThatIsNotIdempotentIsNotRetriedAndCostsNothing() {
    var (machine, budget) = (machine(idempotent: false), ample)
    #expect(fail(&machine, &budget) == .stop(.notIdempotent))
    #expect(budget.balance == 100)
  }

  /// 200 ms is ours: 199 does not count, 200 is equal, 201 wins; and it may exceed our cap.
  @Test(arguments: [(199, 200), (200, 200), (201, 201), (60_000, 60_000)])
  func retryAfterWinsWhenLonger(_ wish: Int64, _ delay: Int64) {
    var (machine, budget) = (machine(), ample)
    let decision = fail(&machine, &budget, .throttled, retryAfter: .milliseconds(wish))
    #expect(decision == .retry(at: at(delay), delay: .milliseconds(delay)))
  }

  @Test(arguments: [(199, false), (200, false), (201, true)])
  func noRetryBeginsAtOrAfterTheDeadline(_ deadline: Int64, _ retries: Bool) {
    var (machine, budget) = (machine(deadline: at(deadline)), ample)
    let decision = fail(&machine, &budget)
    #expect(decision == (retries ? .retry(at: at(200), delay: .milliseconds(200)) : .stop(.deadline)))
    #expect(budget.balance == (retries ? 99 : 100))
  }

  @Test func anEmptyBudgetIsACauseOfItsOwn() {
    var machine = machine()
    var budget = RetryBudget(.init(percentOfCalls: 0, reservePerSecond: 0, capacity: 1), at: at(0))
    #expect(fail(&machine, &budget) == .retry(at: at(200), delay: .milliseconds(200)))
    #expect(fail(&machine, &budget, at: at(200)) == .stop(.budgetExhausted))
  }

  @Test(arguments: [Int.min, 0, 1])
  func maxRetriesOfOneOrLessMakesOneCall(_ calls: Int) {
    let configuration = RetryConfiguration(maxRetries: calls, baseDelay: .seconds(1), maxDelay: .seconds(1))
    var machine = RetryMachine(configuration: configuration, isIdempotent: true, deadline: .distantFuture)
    var budget = ample
    #expect(fail(&machine, &budget) == .stop(.attemptsExhausted))
  }
}

@Suite struct RetryBudgetTests {
  @Test func aFreshBudgetPaysExactlyItsCapacity() {
    var budget = RetryBudget(.init(percentOfCalls: 20, reservePerSecond: 0, capacity: 3), at: at(0))
    let paid = (0..<4).map { _ in budget.withdraw(at: at(0)) }
    #expect(paid == [true, true, true, false])
  }

  /// Five calls at 20 % earn one retry, four do not.
  @Test(arguments: [(4, false), (5, true), (6, true)])
  func callsEarnRetries(_ calls: Int, _ pays: Bool) {
    var budget = RetryBudget(.init(percentOfCalls: 20, reservePerSecond: 0, capacity: 1), at: at(0))
    #expect(budget.withdraw(at: at(0)) == true)
    budget.callsMade(calls)
    #expect(budget.withdraw(at: at(0)) == pays)
  }

  /// Ten a second is one in 100 ms.
  @Test(arguments: [(99, false), (100, true), (101, true)])
  func timeEarnsTheReserve(_ milliseconds: Int64, _ pays: Bool) {
    var budget = RetryBudget(.init(percentOfCalls: 0, reservePerSecond: 10, capacity: 1), at: at(0))
    #expect(budget.withdraw(at: at(0)) == true)
    #expect(budget.withdraw(at: at(milliseconds)) == pays)
  }

  @Test func askingOftenLosesNoTime() {
    var budget = RetryBudget(.init(percentOfCalls: 0, reservePerSecond: 10, capacity: 1), at: at(0))
    #expect(budget.withdraw(at: at(0)) == true)
    // A third of a microsecond at a time, up to 100 ms.
    for step in 1..<300_000 {
      let now = Instant(nanoseconds: Int64(step) * 333)
      #expect(budget.withdraw(at: now) == false)
    }
    #expect(budget.withdraw(at: at(100)) == true)
  }

  @Test func nothingIsSavedBeyondTheCapacityAndNothingOverflows() {
    var budget = RetryBudget(.init(percentOfCalls: 20, reservePerSecond: 10, capacity: 2), at: at(0))
    budget.callsMade(.max)
    #expect(budget.withdraw(at: .distantFuture) == true)
    #expect(budget.balance == 1)
    // Time that goes back earns nothing.
    #expect(budget.withdraw(at: at(0)) == true)
    #expect(budget.withdraw(at: at(0)) == false)
  }
}
