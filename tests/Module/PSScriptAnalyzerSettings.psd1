@{
    Severity     = @('Error', 'Warning')
    ExcludeRules = @(
        # What BeforeAll sets is used in the tests, which the analyzer does not see.
        'PSUseDeclaredVarsMoreThanAssignments'
        # Helpers of tests start and stop things, and stub what would ask a user.
        'PSUseShouldProcessForStateChangingFunctions'
        'PSAvoidOverwritingBuiltInCmdlets'
        'PSUseSingularNouns'
        # The sandbox listens on this machine only.
        'PSAvoidUsingAllowUnencryptedAuthentication'
    )
}
