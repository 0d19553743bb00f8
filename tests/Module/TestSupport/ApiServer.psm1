# A local HTTP API with two pages of customers, for the time of a test.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

function Start-TestApi {
    $socket = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $socket.Start()
    $port = $socket.LocalEndpoint.Port
    $socket.Stop()
    $listener = [Net.HttpListener]::new()
    $listener.Prefixes.Add("http://127.0.0.1:$port/")
    $listener.Start()
    $requests = [Collections.Concurrent.ConcurrentQueue[string]]::new()
    $shell = [powershell]::Create().AddScript({
            param($listener, $requests)
            while ($listener.IsListening) {
                try { $context = $listener.GetContext() } catch { break }
                $request = $context.Request
                $requests.Enqueue("$($request.RawUrl) $($request.Headers['Authorization'])$($request.Headers['X-Api-Key'])")
                $text = if ($request.QueryString['page'] -eq '2') { '{"total": 3, "items": [{"id": 3, "name": "Cat"}], "next": null}' }
                else { '{"total": 3, "items": [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Ben"}], "next": "/v1/customers?limit=2&page=2"}' }
                if (-not ($request.Headers['Authorization'] -or $request.Headers['X-Api-Key'])) { $context.Response.StatusCode = 401 }
                $bytes = [Text.Encoding]::UTF8.GetBytes($text)
                $context.Response.ContentType = 'application/json'
                $context.Response.OutputStream.Write($bytes, 0, $bytes.Length)
                $context.Response.Close()
            }
        }).AddArgument($listener).AddArgument($requests)
    $null = $shell.BeginInvoke()
    [pscustomobject]@{ Url = "http://127.0.0.1:$port"; Listener = $listener; Shell = $shell; Requests = $requests }
}

function Stop-TestApi($Api) {
    $Api.Listener.Stop()
    $Api.Shell.Dispose()
}

Export-ModuleMember -Function Start-TestApi, Stop-TestApi
