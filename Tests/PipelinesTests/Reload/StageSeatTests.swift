import HostModel
import Testing

@testable import HostPipelines
@testable import HostPluginRuntime

/// Lanes of one place, and newcomers in it that fail at whatever the test says.
@Suite struct StageSeatTests {
  private let place = TrialPlace()

  @Test func aNewcomerRehearsesWorksAndIsProven() throws {
    let lane = try place.lane()
    #expect(try place.batch(lane) == "old")
    place.offer("new")
    #expect(try place.batch(lane) == "new rehearsing")
    #expect(try place.batch(lane) == "new" && !lane.isOnTrial)
    // From now on its failures are like those of any other.
    place.failing = ["new"]
    #expect(throws: Failure.self) { try place.batch(lane) }
    #expect(place.takenBack.isEmpty && place.made == ["old", "new rehearsing", "new"])
  }

  @Test(arguments: ["make new rehearsing", "new rehearsing", "make new", "new"])
  func whateverFailsBeforeThatTheOldOneGoesOnAsItWas(_ what: String) throws {
    let lane = try place.lane()
    _ = try place.batch(lane)
    place.failing = [what]
    place.offer("new")
    let rehearses = what.hasSuffix("new")
    if rehearses { #expect(try place.batch(lane) == "new rehearsing") }
    #expect(try place.batch(lane) == "old")
    #expect(place.made.filter { $0 == "old" }.count == 1 && lane.instance.batches == 2)
    #expect(place.takenBack == [rehearses ? "new" : "new rehearsing"])
    #expect(try place.batch(lane) == "old" && place.isDeclined("new"))
  }

  @Test func whatTwoLanesFindOutIsToldOnce() throws {
    let lanes = try [place.lane(), place.lane()]
    for lane in lanes { _ = try place.batch(lane) }
    place.failing = ["new rehearsing"]
    place.offer("new")
    // Both have it in hand.
    for lane in lanes { try lane.changeOver() }
    for lane in lanes { #expect(try place.batch(lane) == "old" && lane.instance.batches == 2) }
    #expect(place.takenBack.count == 1)
  }

  /// The same rows must not come into this process after they have crashed a worker.
  @Test func aRehearsalThatFailsCountsAlsoIfThatOfAnotherLaneHasSucceeded() throws {
    let (first, second) = (try place.lane(), try place.lane())
    for lane in [first, second] { _ = try place.batch(lane) }
    place.offer("new")
    try second.changeOver()
    #expect(try place.batch(first) == "new rehearsing")
    place.failing = ["new rehearsing"]
    #expect(try place.use(second) == "old")
    #expect(try place.batch(first) == "old" && first.instance.batches == 2)
    #expect(place.takenBack.count == 1 && !place.made.contains("new"))
  }

  @Test func aRehearsalThatFailsOnceTheNewcomerIsProvenGoesOnWithThat() throws {
    let (first, second) = (try place.lane(), try place.lane())
    for lane in [first, second] { _ = try place.batch(lane) }
    place.offer("new")
    try second.changeOver()
    #expect(try place.batch(first) == "new rehearsing")
    #expect(try place.batch(first) == "new")
    place.failing = ["new rehearsing"]
    #expect(try place.use(second) == "new")
    #expect(place.takenBack.isEmpty)
  }

  @Test func whatTookThePlaceOfANewcomerOnTrialFallsBackToWhatWorks() throws {
    let lane = try place.lane()
    _ = try place.batch(lane)
    place.offer("new")
    #expect(try place.batch(lane) == "new rehearsing")
    place.offer("newer")
    place.failing = ["newer rehearsing"]
    #expect(try place.batch(lane) == "old" && lane.instance.batches == 2)
    #expect(place.takenBack == ["newer rehearsing"])
  }

  @Test func aLaneThatBeginsWithANewcomerMakesTheOldOneIfThatFails() throws {
    place.offer("new")
    let lane = try place.lane()
    place.failing = ["new rehearsing"]
    #expect(try place.batch(lane) == "old")
    place.offer("newer")
    place.failing = ["make newer rehearsing"]
    #expect(try place.batch(place.lane()) == "old")
    #expect(place.takenBack == ["new rehearsing", "newer rehearsing"])
  }

  @Test func aStopSaysNothingAboutANewcomer() throws {
    let lane = try place.lane()
    place.offer("new")
    place.failing = ["new rehearsing"]
    place.status = .cancelled
    #expect(throws: Failure.self) { try place.batch(lane) }
    #expect(place.takenBack.isEmpty && !place.isDeclined("new"))
  }

  @Test func whatWasDeclinedIsTriedAgainOnceSomethingElseWasOffered() throws {
    let lane = try place.lane()
    place.failing = ["new rehearsing"]
    place.offer("new")
    #expect(try place.batch(lane) == "old")
    #expect(place.isDeclined("new") && place.isDeclined("new"))
    #expect(!place.isDeclined("old") && !place.isDeclined("new"))
  }
}
