@{
    RootModule = 'Headroom.psm1'
    NestedModules = @('bin/Headroom.PowerShell.dll')
    ModuleVersion = '0.1.0'
    GUID = '6d1a0c5e-6a0f-4c39-9f6e-3f1b3a8f7d21'
    Author = 'Headroom for PowerShell contributors'
    CompanyName = 'Headroom for PowerShell contributors'
    Copyright = '(c) Headroom for PowerShell contributors. Apache License 2.0.'
    Description = 'Cuts what applications of large language models pay for context: compresses tool output, gives every original back, and runs a local proxy that does both for any client unchanged.'
    PowerShellVersion = '7.6'
    CompatiblePSEditions = @('Core')
    FormatsToProcess = @('bin/Headroom.Format.ps1xml')
    CmdletsToExport = @(
        'Clear-HeadroomCache'
        'Compress-HeadroomContent'
        'Expand-HeadroomContent'
        'Get-HeadroomCache'
        'Get-HeadroomContent'
        'Get-HeadroomProxy'
        'Get-HeadroomStats'
        'Start-HeadroomMcpServer'
        'Start-HeadroomProxy'
        'Stop-HeadroomProxy'
    )
    FunctionsToExport = @()
    VariablesToExport = @()
    AliasesToExport = @()
    PrivateData = @{
        PSData = @{
            Tags = @('LLM', 'AI', 'Tokens', 'Compression', 'Proxy', 'OpenAI', 'Anthropic', 'MCP', 'Context', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri = 'https://www.apache.org/licenses/LICENSE-2.0'
            ReleaseNotes = 'First version: compression of tool output of every kind, every original back (whole or in part), a local proxy for the OpenAI and Anthropic formats that answers retrievals itself, and an MCP server.'
        }
    }
}
