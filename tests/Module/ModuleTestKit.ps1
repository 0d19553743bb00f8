# Dot-source it. What the Pester files share: where the module is, a folder to work in, clean processes, terminals, a sandbox's figures.

# Tests have a journal of their own, and leave the user's alone.
if (-not $env:XDG_STATE_HOME) { $env:XDG_STATE_HOME = Join-Path ([System.IO.Path]::GetTempPath()) "safeai-migration-test-$PID" }


function Get-TestModulePath {
    # The manifest under test: the one that SAFEAI_TEST_MODULE names, else that of this checkout.
    if ($env:SAFEAI_TEST_MODULE) { $env:SAFEAI_TEST_MODULE } else { Join-Path (Get-RepositoryRoot) 'SafeAI.Migration.psd1' }
}

function Get-RepositoryRoot {
    (Resolve-Path -LiteralPath (Join-Path $PSScriptRoot '../..')).Path
}

function Get-PowerShellPath {
    $path = (Get-Process -Id $PID).Path

    # PowerShell that was installed as a tool of .NET runs in the process of the tool's host.
    if ((Split-Path -LeafBase $path) -eq 'dotnet') { @(Get-Command pwsh -CommandType Application)[0].Source } else { $path }
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
    foreach ($name in $Environment.Keys) {
        # A variable that is null is not there, even where this process has it.
        if ($null -eq $Environment[$name]) { $null = $start.Environment.Remove($name) } else { $start.Environment[$name] = $Environment[$name] }
    }

    $process = [System.Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    $errors = $process.StandardError.ReadToEndAsync()
    $output = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $output.Trim(); Errors = $errors.Result.Trim() }
}

# Runs commands in a process in a terminal of its own; what it shows is in Screen's result when it has ended.
function Start-TestTerminal {
    param(
        [Parameter(Mandatory)] [string] $Command,
        [string] $WorkingDirectory = $PWD.ProviderPath,
        [hashtable] $Environment = @{}
    )

    $file = Join-Path $WorkingDirectory "terminal-$([guid]::NewGuid().ToString('N')).ps1"
    Set-Content -LiteralPath $file $Command
    $start = [System.Diagnostics.ProcessStartInfo]::new('script')
    foreach ($argument in '-qefc', "stty cols 200 rows 40; exec '$(Get-PowerShellPath)' -NoProfile -File '$file'", '/dev/null') { $start.ArgumentList.Add($argument) }
    $start.WorkingDirectory = $WorkingDirectory
    $start.RedirectStandardOutput = $start.RedirectStandardInput = $true
    $start.Environment['TERM'] = 'xterm-256color'
    $start.Environment['SHELL'] = '/bin/sh'
    foreach ($name in $Environment.Keys) { $start.Environment[$name] = $Environment[$name] }
    $process = [System.Diagnostics.Process]::Start($start)
    [pscustomobject]@{ Process = $process; Screen = $process.StandardOutput.ReadToEndAsync() }
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

# Runs a script twice with the folder for temporary files on a disk of its own, ./disk: first with 300 KB of room, then, with
# -ThenArgument, on a greater one. Gives the lines of each run as an array; left.txt has what the first left behind.
function Invoke-OnFullDisk {
    param(
        [Parameter(Mandatory)] [string] $Path,
        [Parameter(Mandatory)] [string] $Size,
        [Parameter(Mandatory)] [string] $ThenSize,
        [string] $ThenArgument)

    $null = New-Item -ItemType Directory -Force ./disk
    Set-Content ./script @"
        mount -t tmpfs -o size=$Size tmpfs disk
        export TMPDIR=`$PWD/disk
        head -c 10000000 /dev/zero > disk/rest 2> /dev/null
        truncate -s -300K disk/rest
        "$(Get-PowerShellPath)" -NoProfile -File $Path > first.txt 2>&1
        ls disk > left.txt
        mount -o remount,size=$ThenSize disk
        "$(Get-PowerShellPath)" -NoProfile -File $Path $ThenArgument > second.txt 2>&1
"@
    $env:MODULE = Get-TestModulePath
    $root = if ((id -u) -eq '0') { @() } else { '--user', '--map-root-user' }
    try { unshare @root --mount sh ./script } finally { $env:MODULE = $null }
    foreach ($file in 'first.txt', 'second.txt') { , @(Get-Content "./$file") }
}

# A port of this machine that is taken and refuses every connection, until it is disposed.
function New-SilentPort {
    $socket = [System.Net.Sockets.Socket]::new([System.Net.Sockets.SocketType]::Stream, [System.Net.Sockets.ProtocolType]::Tcp)
    $socket.Bind([System.Net.IPEndPoint]::new([System.Net.IPAddress]::Loopback, 0))
    $socket
}
