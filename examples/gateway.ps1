<#
.SYNOPSIS
Does what a gateway does: lets the proxy compress messages, finds the markers, and fetches what one of them stands for.
.EXAMPLE
./examples/gateway.ps1
#>
[CmdletBinding()]
[OutputType([pscustomobject])]
param(
    # The tool result to send; without it, a captured request log.
    [string] $Path = "$PSScriptRoot/data/request-log.json"
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Headroom.psd1"

$proxy = Start-HeadroomProxy -Port 0 -Store memory
$http = [System.Net.Http.HttpClient]::new()
try {
    $original = [System.IO.File]::ReadAllText($Path)
    $messages = '[{"role":"tool","tool_call_id":"call_1","content":"' + [System.Text.Json.JsonEncodedText]::Encode($original) + '"}]'
    $content = [System.Net.Http.StringContent]::new('{"model":"gpt-4o","messages":' + $messages + '}', [System.Text.Encoding]::UTF8, 'application/json')
    $response = $http.PostAsync("$($proxy.Uri)v1/compress", $content).GetAwaiter().GetResult()
    $reply = [System.Text.Json.Nodes.JsonNode]::Parse($response.Content.ReadAsStringAsync().GetAwaiter().GetResult())

    # The gateway sends these messages on, and offers the model a tool when it finds a marker in them.
    $view = $reply['messages'][0]['content'].ToString()
    $hash = [regex]::Match($view, 'hash=([a-f0-9]{24})').Groups[1].Value
    $whole = [System.Text.Json.Nodes.JsonNode]::Parse($http.GetStringAsync("$($proxy.Uri)v1/retrieve/$hash").GetAwaiter().GetResult())
    $part = [System.Text.Json.Nodes.JsonNode]::Parse($http.GetStringAsync("$($proxy.Uri)v1/retrieve/${hash}?rows=2-3").GetAwaiter().GetResult())

    [pscustomobject]@{
        TokensBefore = [int] $reply['tokens_before'].ToString()
        TokensAfter  = [int] $reply['tokens_after'].ToString()
        Hash         = $hash
        IsSame       = $whole['original_content'].ToString() -ceq $original
        Part         = $part['message'].ToString()
    }
}
finally {
    $http.Dispose()
    $proxy | Stop-HeadroomProxy -PassThru | Remove-Job
}
