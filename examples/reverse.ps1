<#
.SYNOPSIS
Compresses a captured tool output in two ways and gets the original back from each.
.DESCRIPTION
The lossless form is decoded from its own text, without the store. A view has left rows out; its marker leads to the stored
original, byte for byte.
.EXAMPLE
./examples/reverse.ps1
#>
[CmdletBinding()]
[OutputType([pscustomobject])]
param(
    # A file with JSON in it; without it, captured samples of processes.
    [string] $Path = "$PSScriptRoot/../tests/fixtures/json/proc-samples.json"
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Headroom.psd1"

$original = [System.IO.File]::ReadAllText($Path)

# Lossless: cut off from everything that it carries, the bare text is enough.
$lossless = Compress-HeadroomContent -LiteralPath $Path -Level Lossless
$decoded = [string]::new($lossless.ToCharArray()) | Expand-HeadroomContent
$sameValue = [System.Text.Json.Nodes.JsonNode]::DeepEquals(
    [System.Text.Json.Nodes.JsonNode]::Parse($original), [System.Text.Json.Nodes.JsonNode]::Parse($decoded))

# View: a model, or anybody else, sees the marker and can ask for the rest.
$view = Compress-HeadroomContent -LiteralPath $Path -Budget 500
$back = "$view" | Expand-HeadroomContent

[pscustomobject]@{
    TokensOriginal     = $lossless.TokensBefore
    TokensLossless     = $lossless.TokensAfter
    TokensView         = $view.TokensAfter
    LosslessSameValue  = $sameValue
    ViewSameCharacters = $back -ceq $original
}
