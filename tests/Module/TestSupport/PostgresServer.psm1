# A throwaway PostgreSQL server for the time of a test, from the installed binaries.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

function Get-PostgresTool([string] $Name) {
    $onPath = Get-Command $Name -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    $folders = @(Get-Item '/usr/lib/postgresql/*/bin', '/opt/homebrew/opt/postgresql*/bin', 'C:\Program Files\PostgreSQL\*\bin' -ErrorAction Ignore)
    $file = $folders | ForEach-Object { Get-Item (Join-Path $_ $Name), (Join-Path $_ "$Name.exe") -ErrorAction Ignore } | Select-Object -Last 1
    if ($file) { return $file.FullName }
    if ($onPath) { return $onPath.Source }
    throw "The PostgreSQL program '$Name' was not found. Install PostgreSQL (Debian and Ubuntu: apt-get install postgresql)."
}

# PostgreSQL refuses to run as root: there it runs as the user postgres.
function Invoke-AsServerUser([string] $Program, [string[]] $Argument) {
    $output = if ($IsLinux -and (id -u) -eq 0) { & runuser -u postgres -- $Program @Argument 2>&1 } else { & $Program @Argument 2>&1 }
    if ($LASTEXITCODE -ne 0) { throw "$Program ended with code ${LASTEXITCODE}: $($output -join [Environment]::NewLine)" }
}

function Start-TestPostgres {
    $folder = Join-Path ([IO.Path]::GetTempPath()) "safeai-pester-pg-$([guid]::NewGuid().ToString('N'))"
    $null = New-Item -ItemType Directory $folder
    if ($IsLinux -and (id -u) -eq 0) { chown postgres $folder }
    $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $port = $listener.LocalEndpoint.Port
    $listener.Stop()
    $data = Join-Path $folder 'data'
    Invoke-AsServerUser (Get-PostgresTool initdb) @('-D', $data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync')
    Invoke-AsServerUser (Get-PostgresTool pg_ctl) @('-D', $data, '-w', '-l', (Join-Path $folder 'log'), '-o', "-p $port -h 127.0.0.1 -k $folder -c fsync=off", 'start')
    [pscustomobject]@{ Folder = $folder; Data = $data; Port = $port; ConnectionString = "Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres" }
}

function Stop-TestPostgres($Server) {
    Invoke-AsServerUser (Get-PostgresTool pg_ctl) @('-D', $Server.Data, '-m', 'immediate', '-w', 'stop')
    Remove-Item -LiteralPath $Server.Folder -Recurse -Force
}

# Fills the server's database with pgbench's tables, foreign keys included: 100,000 accounts for each unit of scale.
function Initialize-PgBench($Server, [int] $Scale) {
    $output = & (Get-PostgresTool pgbench) -i -q -s $Scale --foreign-keys -h 127.0.0.1 -p $Server.Port -U postgres postgres 2>&1
    if ($LASTEXITCODE -ne 0) { throw "pgbench failed: $($output -join [Environment]::NewLine)" }
}

# Runs SQL with PostgreSQL's own client.
function Invoke-TestSql($Server, [string] $Sql) {
    $output = & (Get-PostgresTool psql) -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p $Server.Port -U postgres -d postgres -c $Sql 2>&1
    if ($LASTEXITCODE -ne 0) { throw "psql failed: $($output -join [Environment]::NewLine)" }
}

Export-ModuleMember -Function Start-TestPostgres, Stop-TestPostgres, Initialize-PgBench, Invoke-TestSql
