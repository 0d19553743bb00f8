BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../SafeAI.Migration.psd1')
    Import-Module (Join-Path $PSScriptRoot 'TestSupport/PostgresServer.psm1')

    # Compares in compiled code what two million script calls would take minutes for.
    if (-not ('AccountComparer' -as [type])) {
        Add-Type -IgnoreWarnings -WarningAction Ignore -ReferencedAssemblies ([SafeAI.Migration.Record].Assembly.Location), 'System.Collections', 'System.Linq', 'netstandard', 'System.Runtime' -TypeDefinition @'
using System.Collections.Generic;
using SafeAI.Migration;
public sealed class AccountComparer
{
    private readonly Dictionary<string, object[]> _nodes = new Dictionary<string, object[]>();
    private readonly Dictionary<string, string> _keys = new Dictionary<string, string>();
    public int Wrong;
    public int Missing { get { return _nodes.Count + _keys.Count; } }
    public void Expect(Record r)
    {
        var s = r.GetSchema();
        var id = "account:" + r.GetValue(s.IndexOf("aid"));
        _nodes[id] = new[] { r.GetValue(s.IndexOf("aid")), r.GetValue(s.IndexOf("abalance")), r.GetValue(s.IndexOf("filler")) };
        _keys[id] = "branch:" + r.GetValue(s.IndexOf("bid"));
    }
    public void Check(GraphNode n)
    {
        object[] v;
        if (!_nodes.TryGetValue(n.Id, out v) || n.Properties.Count != 3
            || !Equals(n.Properties["number"], (long)(int)v[0]) || !Equals(n.Properties["balance"], (long)(int)v[1]) || !Equals(n.Properties["filler"], v[2]))
            Wrong++;
        _nodes.Remove(n.Id);
    }
    public void Check(GraphRelationship r)
    {
        string to;
        if (!_keys.TryGetValue(r.FromId, out to) || r.ToId != to || r.FromType != "Account" || r.ToType != "Branch")
            Wrong++;
        _keys.Remove(r.FromId);
    }
}
'@
    }

    $server = Start-TestPostgres
    Initialize-PgBench $server -Scale 10

    function Import-InOwnProcess([int] $Accounts, $Sandbox) {
        $env:SAFEAI_API_KEY = [Net.NetworkCredential]::new('', $Sandbox.ApiKey).Password

        # 64 MB in hexadecimal digits, as in the console program: how far the collector lets new objects grow is not what is measured.
        $env:DOTNET_GCgen0MaxBudget = '4000000'
        try {
            $json = pwsh -NoProfile -NonInteractive -File (Join-Path $PSScriptRoot 'TestSupport/Import-PgBench.ps1') `
                -ConnectionString $server.ConnectionString -Endpoint $Sandbox.Endpoint -Accounts $Accounts
            if ($LASTEXITCODE -ne 0) { throw "The load ended with code $LASTEXITCODE." }
            $json | Select-Object -Last 1 | ConvertFrom-Json
        }
        finally {
            Remove-Item Env:SAFEAI_API_KEY, Env:DOTNET_GCgen0MaxBudget
        }
    }

    $small = Import-InOwnProcess 100000 ($sandbox = Start-SafeAISandbox)
    $sandbox | Stop-SafeAISandbox
    $sandbox = Start-SafeAISandbox
    $large = Import-InOwnProcess 1000000 $sandbox
    $headers = @{ Authorization = "Bearer $([Net.NetworkCredential]::new('', $sandbox.ApiKey).Password)" }
}

AfterAll {
    Stop-SafeAISandbox
    if ($server) { Stop-TestPostgres $server }
}

Describe 'A database of pgbench with a million accounts, through the pipeline into the sandbox' {
    It 'loads every row as a node and every foreign key as a relationship' {
        $large.results | ForEach-Object { $_.Status | Should -Be 1 -Because 'the run completed' }
        $large.results[2].Read | Should -Be 1000000
        $large.results[2].Loaded | Should -Be 1000000
        $large.results[2].Nodes.Created | Should -Be 1000000
        $large.results[2].Relationships.Created | Should -Be 1000000
        $stats = Invoke-RestMethod "$($sandbox.Endpoint)sandbox/stats" -Headers $headers
        $stats.nodes | Should -Be (1000000 + 100 + 10)
        $stats.relationships | Should -Be (1000000 + 100)
    }

    It 'reads back every account and every foreign key with the values of the table' {
        $comparer = [AccountComparer]::new()
        Get-SourceData -ConnectionString $server.ConnectionString -Table pgbench_accounts | ForEach-Object { $comparer.Expect($_) }
        $comparer.Missing | Should -Be 2000000
        Get-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $sandbox.ApiKey -NodeType Account | ForEach-Object { $comparer.Check($_) }
        Get-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $sandbox.ApiKey -RelationshipType HELD_AT | ForEach-Object { $comparer.Check($_) }
        $comparer.Wrong | Should -Be 0
        $comparer.Missing | Should -Be 0
    }

    It 'needs at most 1.2 times the memory for ten times the rows' {
        $large.peakBytes / $small.peakBytes | Should -BeLessOrEqual 1.2
    }

    It 'writes nothing when it is run again' {
        $before = (Invoke-RestMethod "$($sandbox.Endpoint)sandbox/stats" -Headers $headers).writes
        $again = Import-InOwnProcess 1000000 $sandbox
        $again.results[2].Unchanged | Should -Be 1000000
        $again.results[2].Loaded | Should -Be 0
        (Invoke-RestMethod "$($sandbox.Endpoint)sandbox/stats" -Headers $headers).writes | Should -Be $before
    }
}
