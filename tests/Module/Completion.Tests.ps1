BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $folder = New-SampleFolder (Join-Path $TestDrive 'complete')
    Push-Location $folder
    Set-CleanCustomerFile ./clean.csv
    Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store ./done.graph | Out-Null

    function Get-Completion($Typed) { (TabExpansion2 $Typed $Typed.Length).CompletionMatches.CompletionText }
}

AfterAll {
    Disconnect-SafeAI
    Stop-SafeAISandbox
    Pop-Location
}

Describe 'Tab completion' {
    BeforeDiscovery {
        $cases = @(
            @{ Typed = 'Import-SafeAIData -Verify '; Offered = 'Content', 'Count', 'None' }
            @{ Typed = 'Import-SafeAIData -Verify Con'; Offered = , 'Content' }
            @{ Typed = 'Get-SourceData x -Format '; Offered = 'Csv', 'Json', 'NdJson', 'SqlDump' }
            @{ Typed = 'Get-SourceData x -RaggedRows '; Offered = 'Error', 'Pad', 'Reject' }
            @{ Typed = 'Get-SourceData x -EmptyFields '; Offered = 'Null', 'QuotedIsText', 'Text' }
            @{ Typed = 'Get-SourceData x -Encoding utf'; Offered = 'utf-8', 'utf-16', 'utf-16BE' }
            @{ Typed = 'Connect-SafeAI -QueryPath '; Offered = 'v1/knowledge-graph/query', 'api/v1/query' }
            @{ Typed = 'Connect-SafeAI -SchemaPath api'; Offered = , 'api/v1/knowledge-graph/schema' }
            @{ Typed = 'Get-SafeAIData -Store ./done.graph -NodeType '; Offered = 'Country', 'Customer' }
            @{ Typed = 'Get-SafeAIData -Store ./done.graph -NodeType Cu'; Offered = , 'Customer' }
            @{ Typed = 'Get-SafeAIData -Store ./done.graph -RelationshipType '; Offered = , 'LIVES_IN' }
        )
    }

    It 'was tried' -ForEach @{ Count = $cases.Count } {
        $Count | Should -Be 11
    }

    It 'offers <Offered> after "<Typed>"' -ForEach $cases {
        Get-Completion $Typed | Should -Be $Offered
    }

    It 'offers nothing, and says nothing, where there is no such store' {
        $Error.Clear()
        Get-Completion 'Get-SafeAIData -Store ./none.graph -NodeType Q' | Should -BeNullOrEmpty
        Test-Path ./none.graph | Should -BeFalse
    }

    It 'offers the types of the open connection, and the sandboxes that run' {
        $sandbox = Start-SafeAISandbox
        $sandbox | Connect-SafeAI | Out-Null
        Get-SafeAIData -Store ./done.graph | Import-SafeAIData | Out-Null
        Get-Completion 'Get-SafeAIData -NodeType ' | Should -Be 'Country', 'Customer'
        Get-Completion 'Stop-SafeAISandbox -ProcessId ' | Should -Be "$($sandbox.ProcessId)"
    }
}
