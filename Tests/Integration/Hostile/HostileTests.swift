import Testing

/// Every mistake through the real program: its exact message, its exit code, and no secret in either output.
@Suite struct HostileTests {
  @Test(arguments: HostileCases.pipelines)
  func wrongPipelineFileIsRefused(_ hostile: HostileCase) throws { try HostileRunner.check(hostile) }

  @Test(arguments: HostileCases.manifests)
  func wrongManifestIsRefused(_ hostile: HostileCase) throws { try HostileRunner.check(hostile) }

  @Test(arguments: HostileCases.libraries)
  func wrongLibraryIsRefused(_ hostile: HostileCase) throws { try HostileRunner.check(hostile) }

  @Test(arguments: HostileCases.data)
  func wrongDataIsToldByRecord(_ hostile: HostileCase) throws { try HostileRunner.check(hostile) }

  @Test(arguments: HostileCases.servers)
  func serverThatDoesNotAnswerIsNamed(_ hostile: HostileCase) throws { try HostileRunner.check(hostile) }

  @Test(arguments: HostileCases.commandLine)
  func wrongCommandLineIsRefused(_ hostile: HostileCase) throws { try HostileRunner.check(hostile) }

  @Test(arguments: HostileCases.valid)
  func whatIsRightPasses(_ valid: HostileCase) throws { try HostileRunner.check(valid) }
}
