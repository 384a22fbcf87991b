<#
.SYNOPSIS
Starts a proxy, sends one request with a large tool result through it and shows what was saved.
.DESCRIPTION
With OPENAI_API_KEY set, the request goes to OpenAI. Without a key it goes to a stand-in on this machine, which gives every
request the same short answer and tells how many characters reached it.
.EXAMPLE
./examples/start-proxy.ps1
#>
[CmdletBinding()]
[OutputType([pscustomobject])]
param(
    # The proxy's port; 0 takes a free one.
    [int] $Port = 0,
    [string] $Model = 'gpt-4o-mini',
    # The tool result to send; without it, a captured list of packages.
    [string] $Path = "$PSScriptRoot/../tests/fixtures/json/dpkg-query.json"
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Headroom.psd1"

# Answers one request, then ends.
$standIn = {
    param([System.Net.Sockets.TcpListener] $Listener)
    $client = $Listener.AcceptTcpClient()
    $stream = $client.GetStream()
    $head = [System.Text.StringBuilder]::new()
    while (-not $head.ToString().EndsWith("`r`n`r`n")) { $null = $head.Append([char] $stream.ReadByte()) }
    $length = [int] [regex]::Match($head.ToString(), '(?im)^content-length:\s*(\d+)').Groups[1].Value
    $body = [byte[]]::new($length)
    $stream.ReadExactly($body, 0, $length)
    $answer = '{"id":"1","object":"chat.completion","model":"stand-in","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"I got ' + $length + ' bytes."}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}'
    $bytes = [System.Text.Encoding]::UTF8.GetBytes("HTTP/1.1 200 OK`r`nContent-Type: application/json`r`nContent-Length: $($answer.Length)`r`nConnection: close`r`n`r`n$answer")
    $stream.Write($bytes, 0, $bytes.Length)
    $client.Dispose()
}

$key = $env:OPENAI_API_KEY
$upstream = $null
$provider = $null
if (-not $key) {
    $upstream = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    $upstream.Start()
    $provider = [powershell]::Create([initialsessionstate]::CreateDefault2()).AddScript($standIn).AddArgument($upstream)
    $null = $provider.BeginInvoke()
    $proxy = Start-HeadroomProxy -Port $Port -OpenAIUrl "http://127.0.0.1:$($upstream.LocalEndpoint.Port)"
}
else {
    $proxy = Start-HeadroomProxy -Port $Port
}

$http = [System.Net.Http.HttpClient]::new()
try {
    $toolResult = [System.Text.Json.JsonEncodedText]::Encode([System.IO.File]::ReadAllText($Path))
    $request = @"
{"model":"$Model","messages":[{"role":"user","content":"Which packages are installed only in part?"},
{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"list_packages","arguments":"{}"}}]},
{"role":"tool","tool_call_id":"call_1","content":"$toolResult"}]}
"@
    $message = [System.Net.Http.HttpRequestMessage]::new('POST', "$($proxy.Uri)v1/chat/completions")
    $message.Content = [System.Net.Http.StringContent]::new($request, [System.Text.Encoding]::UTF8, 'application/json')
    if ($key) { $message.Headers.Authorization = [System.Net.Http.Headers.AuthenticationHeaderValue]::new('Bearer', $key) }
    $response = $http.Send($message)
    $answer = [System.Text.Json.Nodes.JsonNode]::Parse($response.Content.ReadAsStringAsync().GetAwaiter().GetResult())

    [pscustomobject]@{
        BytesSent    = [System.Text.Encoding]::UTF8.GetByteCount($request)
        Status       = [int] $response.StatusCode
        Answer       = if ($response.IsSuccessStatusCode) { $answer['choices'][0]['message']['content'].ToString() } else { $answer.ToJsonString() }
        TokensBefore = [int] @($response.Headers.GetValues('x-headroom-tokens-before'))[0]
        TokensSaved  = [int] @($response.Headers.GetValues('x-headroom-tokens-saved'))[0]
    }
}
finally {
    $http.Dispose()
    $proxy | Stop-HeadroomProxy -PassThru | Remove-Job
    if ($upstream) { $upstream.Dispose() }
    if ($provider) { $provider.Dispose() }
}
