# A throwaway MariaDB server for the time of a test, from the installed binaries.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

function Get-MariaDbTool([string] $Name) {
    $found = Get-Command $Name -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if ($found) { return $found.Source }
    $file = Get-Item "/usr/sbin/$Name", "/usr/local/sbin/$Name" -ErrorAction Ignore | Select-Object -First 1
    if ($file) { return $file.FullName }
    throw "The MariaDB program '$Name' was not found. Install MariaDB (Debian and Ubuntu: apt-get install mariadb-server)."
}

function Invoke-MariaDbTool([string] $Name, [string[]] $Argument) {
    $output = & (Get-MariaDbTool $Name) @Argument 2>&1
    if ($LASTEXITCODE -ne 0) { throw "$Name ended with code ${LASTEXITCODE}: $($output -join [Environment]::NewLine)" }
    $output
}

function Start-TestMariaDb {
    $folder = Join-Path ([IO.Path]::GetTempPath()) "safeai-pester-maria-$([guid]::NewGuid().ToString('N'))"
    $null = New-Item -ItemType Directory $folder
    $isRoot = $IsLinux -and (id -u) -eq 0
    if ($isRoot) { chown mysql $folder }
    $asUser = @(if ($isRoot) { '--user=mysql' })
    $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $port = $listener.LocalEndpoint.Port
    $listener.Stop()
    $null = Invoke-MariaDbTool mariadb-install-db (@('--no-defaults') + $asUser + @("--datadir=$folder/data", '--auth-root-authentication-method=normal', '--skip-test-db'))
    $arguments = @('--no-defaults') + $asUser + @("--datadir=$folder/data", "--socket=$folder/socket", "--pid-file=$folder/pid", "--port=$port", '--bind-address=127.0.0.1', '--character-set-server=utf8mb4', '--innodb-flush-log-at-trx-commit=0')
    $process = Start-Process (Get-MariaDbTool mariadbd) -ArgumentList $arguments -PassThru -RedirectStandardOutput "$folder/log" -RedirectStandardError "$folder/errors"
    $server = [pscustomobject]@{ Folder = $folder; Port = $port; Process = $process; ConnectionString = "Server=127.0.0.1;Port=$port;Database=shop" }
    $deadline = [datetime]::UtcNow.AddSeconds(60)
    while ($true) {
        & (Get-MariaDbTool mariadb-admin) --no-defaults "--socket=$folder/socket" -u root ping *> $null
        if ($LASTEXITCODE -eq 0) { break }
        if ($process.HasExited -or [datetime]::UtcNow -gt $deadline) { throw "MariaDB did not start: $(Get-Content "$folder/errors" -Raw)" }
        Start-Sleep -Milliseconds 50
    }

    $server
}

function Stop-TestMariaDb($Server) {
    $null = Invoke-MariaDbTool mariadb-admin @('--no-defaults', "--socket=$($Server.Folder)/socket", '-u', 'root', 'shutdown')
    $Server.Process.WaitForExit()
    Remove-Item -LiteralPath $Server.Folder -Recurse -Force
}

# Runs SQL with MariaDB's own client.
function Invoke-TestSql($Server, [string] $Sql, [string] $Database = 'shop') {
    Invoke-MariaDbTool mariadb @('--no-defaults', "--socket=$($Server.Folder)/socket", '-u', 'root', '--default-character-set=utf8mb4', '--batch', '--skip-column-names', '-e', $Sql, $Database)
}

# Dumps the database with MariaDB's own program.
function Export-TestDump($Server, [string] $Path, [string[]] $Argument) {
    $null = Invoke-MariaDbTool mariadb-dump (@('--no-defaults', "--socket=$($Server.Folder)/socket", '-u', 'root', '--default-character-set=utf8mb4', "--result-file=$Path") + $Argument + 'shop')
}

Export-ModuleMember -Function Start-TestMariaDb, Stop-TestMariaDb, Invoke-TestSql, Export-TestDump
