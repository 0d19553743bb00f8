# A local HTTP API with two pages of customers, for the time of a test: the second is asked for by the query page=2,
# skip=2, after=b or the address in the answer. It gives tokens to clients at /token. At /v1/people there are sixty pages
# of five hundred, of which those from the State's Broken on are refused, and those from Held on wait until it is greater.
# Last is the last of them.
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
    $state = [hashtable]::Synchronized(@{ Broken = [int]::MaxValue; Held = [int]::MaxValue; Last = 60 })
    $shell = [powershell]::Create().AddScript({
            param($listener, $requests, $state)
            while ($listener.IsListening) {
                try { $context = $listener.GetContext() } catch { break }
                $request = $context.Request
                $body = [IO.StreamReader]::new($request.InputStream).ReadToEnd()
                $requests.Enqueue("$($request.RawUrl) $($request.Headers['Authorization'])$($request.Headers['X-Api-Key'])$body")
                $query = $request.QueryString
                $isToken = $request.Url.AbsolutePath -eq '/token'
                $page = [int]$query['page']
                $text = if ($request.Url.AbsolutePath -eq '/v1/people') {
                    while ($page -ge $state.Held) { [Threading.Thread]::Sleep(10) }
                    $items = if ($page -le $state.Last) { foreach ($id in (500 * $page - 499)..(500 * $page)) { '{"id":' + $id + ',"name":"Person ' + $id + '"}' } }
                    '{"items":[' + ($items -join ',') + ']}'
                    if ($page -ge $state.Broken) { $context.Response.StatusCode = 403 }
                }
                elseif ($isToken) { '{"access_token": "given-token", "expires_in": 3600}' }
                elseif ([int]$query['page'] -gt 2 -or [int]$query['skip'] -gt 2) { '{"total": 3, "items": [], "next": null}' }
                elseif ($query['page'] -eq '2' -or $query['skip'] -eq '2' -or $query['after'] -eq 'b') { '{"total": 3, "items": [{"id": 3, "name": "Cat"}], "next": null}' }
                else {
                    $context.Response.AddHeader('Link', '</v1/customers?limit=2&page=2>; rel="next"')
                    '{"total": 3, "items": [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Ben"}], "next": "/v1/customers?limit=2&page=2", "cursor": "b"}'
                }

                if (-not $isToken -and -not ($request.Headers['Authorization'] -or $request.Headers['X-Api-Key'])) { $context.Response.StatusCode = 401 }
                $bytes = [Text.Encoding]::UTF8.GetBytes($text)
                $context.Response.ContentType = 'application/json'
                $context.Response.OutputStream.Write($bytes, 0, $bytes.Length)
                $context.Response.Close()
            }
        }).AddArgument($listener).AddArgument($requests).AddArgument($state)
    $null = $shell.BeginInvoke()
    [pscustomobject]@{ Url = "http://127.0.0.1:$port"; Listener = $listener; Shell = $shell; Requests = $requests; State = $state }
}

function Stop-TestApi($Api) {
    $Api.Listener.Stop()
    $Api.Shell.Dispose()
}

Export-ModuleMember -Function Start-TestApi, Stop-TestApi
