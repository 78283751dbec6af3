@testable import HostGate
import HostModel
@testable import HostPolicy
import Testing

@Suite struct GateLevelTests {
  let world = World()

  @Test(arguments: DegradationLevel.allCases, DegradationLevel.allCases)
  func theHigherOfPlatformAndPipelineDecides(_ platform: DegradationLevel, _ pipeline: DegradationLevel) {
    world.gate.tick()
    let site = world.site(world.dependency())
    _ = site.call(.ok)
    world.gate.report(platform, of: world.gate.platform, cause: .highLatency)
    world.gate.report(pipeline, of: site.pipeline, cause: .multipleFailures)
    for _ in 0..<3 {
      let result = site.perform(deadline: .distantFuture) { attempt in
        #expect(attempt.mode == DegradationMatrix.mode(of: .transformations, at: max(platform, pipeline)))
        return .ok
      }
      #expect(result.isSuccess == (max(platform, pipeline) <= .level1))
      if !result.isSuccess {
        guard case .degraded(.transformations, let level, _) = result.failure?.rejection else {
          Issue.record("not refused for the level")
          return
        }
        #expect(level == max(platform, pipeline))
      }
    }
  }

  @Test func anotherPipelineIsNotMoved() {
    let dependency = world.dependency()
    let site = world.site(dependency)
    let other = CallOrigin(tenant: Tenant("other"), sourceID: SourceID(7), pipeline: "orders")
    world.gate.report(.emergency, of: world.gate.pipeline(other), cause: .criticalFailure)
    #expect(site.call(.ok).isSuccess)
    #expect(world.gate.pipeline(world.origin) === site.pipeline)
  }

  @Test func everyChangeHasItsCauseAndOnlyChangesAreTold() {
    let platform = world.gate.platform
    world.gate.report(.normal, of: platform, cause: .recovered)
    world.gate.report(.level1, of: platform, cause: .llmUnavailable)
    world.gate.report(.level1, of: platform, cause: .highLatency)
    world.gate.pin(.normal, of: platform)
    world.gate.report(.level2, of: platform, cause: .computeExhausted)
    world.gate.pin(nil, of: platform)
    let changes = world.log.all.compactMap { event -> DegradationScope.Change? in
      guard case .level(let change) = event.kind else { return nil }
      return change
    }
    #expect(
      changes == [
        .init(from: .normal, to: .level1, cause: .llmUnavailable), .init(from: .level1, to: .normal, cause: .pinned),
        .init(from: .normal, to: .level2, cause: .pinned),
      ])
  }
}
