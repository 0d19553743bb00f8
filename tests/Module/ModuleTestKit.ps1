# Dot-source it. What the Pester files share: where the module is, a folder to work in, clean processes, a sandbox's figures, PostgreSQL.


function Get-TestModulePath {
    # The manifest under test: the one that SAFEAI_TEST_MODULE names, else that of this checkout.
    if ($env:SAFEAI_TEST_MODULE) { $env:SAFEAI_TEST_MODULE } else { Join-Path (Get-RepositoryRoot) 'SafeAI.Migration.psd1' }
}

function Get-RepositoryRoot {
    (Resolve-Path -LiteralPath (Join-Path $PSScriptRoot '../..')).Path
}

function Get-PowerShellPath {
    (Get-Process -Id $PID).Path
}

# Runs commands in a process of their own, as a user would start one, and gives the exit code and everything it said.
function Invoke-CleanPowerShell {
    param(
        [Parameter(Mandatory)] [string] $Command,
        [string] $WorkingDirectory = $PWD.ProviderPath,
        [hashtable] $Environment = @{}
    )

    $start = [System.Diagnostics.ProcessStartInfo]::new((Get-PowerShellPath))
    foreach ($argument in '-NoProfile', '-NonInteractive', '-Command', $Command) { $start.ArgumentList.Add($argument) }
    $start.WorkingDirectory = $WorkingDirectory
    $start.RedirectStandardOutput = $start.RedirectStandardError = $start.RedirectStandardInput = $true
    $start.Environment['NO_COLOR'] = '1'
    foreach ($name in $Environment.Keys) { $start.Environment[$name] = $Environment[$name] }
    $process = [System.Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    $errors = $process.StandardError.ReadToEndAsync()
    $output = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $output.Trim(); Errors = $errors.Result.Trim() }
}

# Waits until something is so, and fails where it is not so in time.
function Wait-TestCondition {
    param([Parameter(Mandatory)] [scriptblock] $Condition, [Parameter(Mandatory)] [string] $What, [int] $Seconds = 60)

    $deadline = [datetime]::UtcNow.AddSeconds($Seconds)
    while (-not (& $Condition)) {
        if ([datetime]::UtcNow -gt $deadline) { throw "$What did not happen in $Seconds seconds." }
        Start-Sleep -Milliseconds 25
    }
}

# A folder with the samples that ship with the module, and with what help's examples speak of.
function New-SampleFolder {
    param([Parameter(Mandatory)] [string] $Path)

    $null = New-Item -ItemType Directory -Force -Path $Path
    Copy-Item -Path (Join-Path (Split-Path (Get-TestModulePath)) 'module/samples/quickstart/*') -Destination $Path
    (Resolve-Path -LiteralPath $Path).ProviderPath
}

# The first records of the sample, which are in order.
function Set-CleanCustomerFile {
    param([Parameter(Mandatory)] [string] $Path, [int] $Count = 20)

    Get-Content -LiteralPath (Join-Path (Split-Path (Get-TestModulePath)) 'module/samples/quickstart/customers.csv') -TotalCount ($Count + 1) |
        Set-Content -LiteralPath $Path
}

function Get-SandboxFigure {
    param([Parameter(Mandatory)] $Sandbox)

    Invoke-RestMethod -Uri "$($Sandbox.Endpoint)sandbox/stats" -Authentication Bearer -Token $Sandbox.ApiKey -AllowUnencryptedAuthentication
}

# Runs a command in a try, and gives what it emitted, its non-terminating errors, and the terminating one.
function Invoke-Observed {
    param([Parameter(Mandatory)] [scriptblock] $Script)

    # Pester sets it to Stop.
    $ErrorActionPreference = 'Continue'
    $emitted = [System.Collections.Generic.List[object]]::new()
    $errors = [System.Collections.Generic.List[object]]::new()
    $terminating = $null
    try {
        & $Script 2>&1 | ForEach-Object {
            if ($_ -is [System.Management.Automation.ErrorRecord]) { $errors.Add($_) } else { $emitted.Add($_) }
        }
    }
    catch {
        $terminating = $_
    }

    [pscustomobject]@{ Output = $emitted.ToArray(); Errors = $errors.ToArray(); Terminating = $terminating }
}

# A port of this machine that is taken and refuses every connection, until it is disposed.
function New-SilentPort {
    $socket = [System.Net.Sockets.Socket]::new([System.Net.Sockets.SocketType]::Stream, [System.Net.Sockets.ProtocolType]::Tcp)
    $socket.Bind([System.Net.IPEndPoint]::new([System.Net.IPAddress]::Loopback, 0))
    $socket
}

function Find-PostgresProgram {
    param([Parameter(Mandatory)] [string] $Name)

    $folders = @($env:PATH -split [System.IO.Path]::PathSeparator) + @(
        '/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt' | Where-Object { Test-Path $_ } |
            ForEach-Object { Get-ChildItem -LiteralPath $_ -Directory | Sort-Object Name -Descending | ForEach-Object { Join-Path $_.FullName 'bin' } })
    $found = $folders | Where-Object { $_ } | ForEach-Object { Join-Path $_ $Name } | Where-Object { Test-Path -LiteralPath $_ -PathType Leaf } | Select-Object -First 1
    if (-not $found) {
        throw "PostgreSQL's program $Name was not found. Install PostgreSQL (Debian and Ubuntu: apt-get install postgresql), or set SAFEAI_TEST_POSTGRES to a server's connection string."
    }

    $found
}

# A throwaway PostgreSQL cluster on a free port, or the server that SAFEAI_TEST_POSTGRES names.
function Start-TestPostgres {
    if ($env:SAFEAI_TEST_POSTGRES) {
        return [pscustomobject]@{ ConnectionString = $env:SAFEAI_TEST_POSTGRES; Process = $null }
    }

    $folder = Split-Path (Find-PostgresProgram initdb)
    $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $port = $listener.LocalEndpoint.Port
    $listener.Stop()

    # The shell stops the server and removes its folder when its input ends, which it does when this process is gone.
    $watch = @'
set -e
data=$(mktemp -d)
trap '"$1/pg_ctl" -D "$data/c" -m immediate -w stop >/dev/null 2>&1; rm -rf "$data"' EXIT
"$1/initdb" -D "$data/c" -U postgres -A trust -E UTF8 --no-sync >/dev/null
"$1/pg_ctl" -D "$data/c" -w -o "-c listen_addresses=127.0.0.1 -c port=$2 -c unix_socket_directories=$data -c fsync=off" -l "$data/log" start >/dev/null || { cat "$data/log" >&2; exit 1; }
echo ready
read -r _ || true
'@
    $start = [System.Diagnostics.ProcessStartInfo]::new('/bin/sh')
    if ((& id -u) -eq 0) {
        $start.FileName = 'runuser'
        foreach ($argument in '-u', 'postgres', '--', '/bin/sh') { $start.ArgumentList.Add($argument) }
    }
    foreach ($argument in '-c', $watch, 'postgres-watch', $folder, "$port") { $start.ArgumentList.Add($argument) }
    $start.WorkingDirectory = '/'
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    if ($process.StandardOutput.ReadLine() -ne 'ready') {
        throw "PostgreSQL did not start: $($process.StandardError.ReadToEnd())"
    }

    [pscustomobject]@{ ConnectionString = "Host=127.0.0.1;Port=$port;Username=postgres"; Process = $process }
}

function Stop-TestPostgres {
    param($Server)

    if ($Server.Process) {
        $Server.Process.StandardInput.Close()
        $Server.Process.WaitForExit()
    }
}

# Runs SQL with PostgreSQL's own client.
function Invoke-TestSql {
    param([Parameter(Mandatory)] $Server, [Parameter(Mandatory)] [string] $Sql, [string] $Database = 'postgres')

    $values = [System.Data.Common.DbConnectionStringBuilder]@{ ConnectionString = $Server.ConnectionString }
    $psql = Find-PostgresProgram psql
    $env:PGPASSWORD = if ($values.ContainsKey('Password')) { $values['Password'] } else { '' }
    try {
        $text = & $psql -X -q -v ON_ERROR_STOP=1 -h $values['Host'] -p $(if ($values.ContainsKey('Port')) { $values['Port'] } else { 5432 }) -U $values['Username'] -d $Database -c $Sql 2>&1
        if ($LASTEXITCODE -ne 0) { throw "psql: $text" }
    }
    finally {
        Remove-Item Env:PGPASSWORD
    }
}
