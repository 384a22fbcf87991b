<#
.SYNOPSIS
Compresses a captured tool output and shows what is gained.
.EXAMPLE
./examples/compress-file.ps1
.EXAMPLE
./examples/compress-file.ps1 -Path ./my-output.json -Model gpt-4o -Level Aggressive
#>
[CmdletBinding()]
[OutputType('System.String', 'Headroom.PowerShell.CompressedContent')]
param(
    # A file with a tool's output; without it, a captured list of packages with their dependencies.
    [string] $Path = "$PSScriptRoot/../tests/fixtures/json/pip-inspect.json",
    [string] $Model = 'gpt-4o',
    [string] $Level = 'Balanced'
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Headroom.psd1"

$content = Compress-HeadroomContent -LiteralPath $Path -Model $Model -Level $Level -Detailed

# What to send to the model, and what was gained.
$content.Text
$content
