import Testing

@testable import HostPipelines
@testable import HostPluginCalls

@Suite struct PlanReportTests {
  private func splits(_ rows: [Int64?]) -> [Split] {
    rows.map { Split(id: "s", identity: "", token: [], estimatedRows: $0, estimatedBytes: nil) }
  }

  @Test func estimatesAddUpUnlessOneIsMissing() {
    #expect(PlanReport.estimatedRows([]) == 0)
    #expect(PlanReport.estimatedRows(splits([2, 3])) == 5)
    #expect(PlanReport.estimatedRows(splits([2, nil])) == nil)
  }

  @Test func estimatesThatAreNonsenseAreNotShownAndEndNothing() {
    #expect(PlanReport.estimatedRows(splits([.max, 1])) == nil)
    #expect(PlanReport.estimatedRows(splits([-1])) == nil)
  }
}
