<#
.SYNOPSIS
Builds, tests, analyses, packs or cleans the module.
.DESCRIPTION
Build    Builds everything; afterwards Import-Module ./Headroom.psd1 works.
Test     Builds, runs the .NET tests, then the Pester tests where Pester 5 is installed.
Analyze  Runs PSScriptAnalyzer over the scripts and checks the manifest.
Package  Lays out/Headroom/<version> out from a list of what belongs into it, and packs it.
Clean    Removes what the other tasks made.
.EXAMPLE
./build.ps1
.EXAMPLE
./build.ps1 -Task Test -Configuration Release
#>
[CmdletBinding()]
[Diagnostics.CodeAnalysis.SuppressMessage('PSReviewUnusedParameter', 'Configuration', Justification = 'The functions use it.')]
param(
    [ValidateSet('Build', 'Test', 'Analyze', 'Package', 'Clean')]
    [string[]] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

$solution = Join-Path $PSScriptRoot 'Headroom.slnx'
$manifest = Join-Path $PSScriptRoot 'Headroom.psd1'
$out = Join-Path $PSScriptRoot 'out'

function Test-ModuleInstalled([string] $Name, [version] $MinimumVersion) {
    [bool] (Get-Module -ListAvailable $Name | Where-Object Version -GE $MinimumVersion)
}

function Invoke-Build {
    dotnet build $solution --configuration $Configuration
}

function Invoke-Test {
    Invoke-Build
    dotnet test --solution $solution --configuration $Configuration --no-build
    if (-not (Test-ModuleInstalled Pester '5.0')) {
        Write-Warning 'THE PESTER TESTS WERE NOT RUN: Pester 5 is not installed (Install-PSResource Pester).'
        return
    }
    # In a process of its own, so that this session stays free of the module.
    pwsh -NoProfile -NonInteractive -Command "
        Import-Module Pester -MinimumVersion 5.0
        `$result = Invoke-Pester -Path '$PSScriptRoot/tests/pester' -Output Detailed -PassThru
        exit [int] (`$result.Result -ne 'Passed')"
}

function Invoke-Analyze {
    $null = Test-ModuleManifest $manifest
    if (-not (Test-ModuleInstalled PSScriptAnalyzer '1.20')) {
        Write-Warning 'THE SCRIPTS WERE NOT ANALYSED: PSScriptAnalyzer is not installed (Install-PSResource PSScriptAnalyzer).'
        return
    }
    $scripts = @(
        $manifest
        "$PSScriptRoot/Headroom.psm1"
        $PSCommandPath
        Get-ChildItem "$PSScriptRoot/examples", "$PSScriptRoot/tests/pester" -Filter *.ps1 | ForEach-Object FullName
    )
    $findings = @($scripts | ForEach-Object {
            Invoke-ScriptAnalyzer -Path $_ -Settings "$PSScriptRoot/PSScriptAnalyzerSettings.psd1"
        })
    $findings | ForEach-Object { Write-Information "$($_.ScriptPath):$($_.Line): $($_.RuleName): $($_.Message)" -InformationAction Continue }
    if ($findings) { throw "PSScriptAnalyzer found $($findings.Count) things." }
}

function Invoke-Package {
    Remove-Item "$PSScriptRoot/bin" -Recurse -Force -ErrorAction Ignore
    Invoke-Build
    $version = (Import-PowerShellDataFile $manifest).ModuleVersion
    $stage = Join-Path $out "Headroom/$version"
    Remove-Item $stage -Recurse -Force -ErrorAction Ignore
    $null = New-Item $stage -ItemType Directory
    foreach ($item in 'Headroom.psd1', 'Headroom.psm1', 'LICENSE', 'README.md', 'en-US', 'bin') {
        $source = Join-Path $PSScriptRoot $item
        if (-not (Test-Path $source)) { throw "$item belongs into the package and does not exist." }
        Copy-Item $source $stage -Recurse
    }
    Get-ChildItem $stage -Recurse -Filter *.pdb | Remove-Item
    $null = Test-ModuleManifest (Join-Path $stage 'Headroom.psd1')
    Compress-PSResource -Path $stage -DestinationPath $out
    Get-ChildItem $out -Filter *.nupkg
}

function Invoke-Clean {
    dotnet clean $solution --configuration $Configuration
    Remove-Item $out -Recurse -Force -ErrorAction Ignore
}

$Task | ForEach-Object { & "Invoke-$_" }
