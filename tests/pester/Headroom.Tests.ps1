# The same behaviour that the hosted tests check, seen from a real pwsh: formatting, help and the commands of Utility and
# Management, which the hosted engine does not have.
BeforeDiscovery {
    $root = Resolve-Path "$PSScriptRoot/../.."
    $script:commands = (Import-PowerShellDataFile "$root/Headroom.psd1").CmdletsToExport
}

BeforeAll {
    $root = Resolve-Path "$PSScriptRoot/../.."
    $script:commandCount = (Import-PowerShellDataFile "$root/Headroom.psd1").CmdletsToExport.Count
    Import-Module "$root/Headroom.psd1" -Force
    $env:HEADROOM_DATA_DIR = Join-Path $TestDrive 'data'
    $script:fixtures = "$root/tests/fixtures/json"
}

AfterAll {
    Remove-Module Headroom -ErrorAction Ignore
    $env:HEADROOM_DATA_DIR = $null
}

Describe 'The module' -Tag CI {
    It 'has a valid manifest' {
        Test-ModuleManifest "$root/Headroom.psd1" -ErrorAction Stop | Should -Not -BeNullOrEmpty
    }

    It 'gives <_> an approved verb, an output type, help and two examples' -ForEach $commands {
        $command = Get-Command $_
        Get-Verb $command.Verb | Should -Not -BeNullOrEmpty
        $command.OutputType | Should -Not -BeNullOrEmpty
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Not -Match ([regex]::Escape($_))
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
    }

    It 'survives a second and a forced import' {
        Import-Module "$root/Headroom.psd1"
        Import-Module "$root/Headroom.psd1" -Force
        @(Get-Command -Module Headroom).Count | Should -Be $commandCount
    }
}

Describe 'Compress-HeadroomContent' -Tag CI {
    It 'compresses the lines of a file and gives them back' {
        $lines = Get-Content "$fixtures/find-printf.json"
        $text = $lines | Compress-HeadroomContent
        $text | Should -BeOfType string
        $text.TokensAfter | Should -BeLessThan $text.TokensBefore
        $text | Expand-HeadroomContent | Should -BeExactly ($lines -join "`n")
    }

    It 'pipes on as plain text' {
        $text = Get-Content "$fixtures/find-printf.json" | Compress-HeadroomContent
        $text | Set-Content "$TestDrive/out.txt" -NoNewline
        Get-Content "$TestDrive/out.txt" -Raw | Should -BeExactly "$text"
    }

    It 'tabulates objects from their own properties' {
        $processes = Get-Process | Select-Object -First 20 Id, Name, WorkingSet64
        $text = $processes | Compress-HeadroomContent
        $back = $text | Expand-HeadroomContent | ConvertFrom-Json
        $back.Id | Should -Be $processes.Id
        $back.WorkingSet64 | Should -Be $processes.WorkingSet64
    }

    It 'tabulates live objects whole, without the notes of providers' {
        $item = Get-ChildItem $fixtures | Compress-HeadroomContent | Expand-HeadroomContent | ConvertFrom-Json | Where-Object Name -eq 'lsns.json'
        $item.Length | Should -Be (Get-Item "$fixtures/lsns.json").Length
        $item.PSObject.Properties.Name | Should -Not -Contain 'PSPath'
        $item.PSObject.Properties.Name | Should -Not -Contain 'PSParentPath'
        $text = Get-Process -Id $PID | Compress-HeadroomContent | Expand-HeadroomContent
        ($text | ConvertFrom-Json).Id | Should -Be $PID
        "$text" | Should -Not -Match '\.\.\.'
    }

    It 'compresses a log and gives it back' {
        $lines = Get-Content "$fixtures/../log/python-worker.log"
        $text = $lines | Compress-HeadroomContent -Level Lossless
        $text.Kind | Should -Be 'Log'
        "$text" | Should -Match '^\[log \d+ lines'
        "$text" | Expand-HeadroomContent | Should -BeExactly ($lines -join "`n")
    }

    It 'keeps the lines that a pattern names in a view' {
        $line = Get-Content "$fixtures/../log/python-worker.log" | Select-Object -Index 400
        $view = Get-Content "$fixtures/../log/python-worker.log" | Compress-HeadroomContent -Budget 300 -Keep ([regex]::Escape($line)) -Detailed
        $view.Rung | Should -Be 'View'
        $view.Text | Should -Match ([regex]::Escape($line))
    }

    It 'goes by rules for tools and commands' {
        $log = Get-Content "$fixtures/../log/python-worker.log" -Raw
        Set-Content "$TestDrive/rules.json" '{ "rules": [{ "command": "cat *.secret", "exclude": true }, { "tool": "Logs", "level": "lossless" }] }'
        ($log | Compress-HeadroomContent -Detailed -RulesPath "$TestDrive/rules.json" -ToolName Bash).Rung | Should -Be 'View'
        ($log | Compress-HeadroomContent -Detailed -RulesPath "$TestDrive/rules.json" -ToolName Logs).Rung | Should -Be 'Lossless'
        ($log | Compress-HeadroomContent -Detailed -RulesPath "$TestDrive/rules.json" -Command 'cat a.secret').Rung | Should -Be 'Original'
        ($log | Compress-HeadroomContent -Detailed -ToolName Read).Rung | Should -Be 'Original'
        ($log | Compress-HeadroomContent -Detailed -ToolName Grep).Rung | Should -Be 'Lossless'
        { $log | Compress-HeadroomContent -RulesPath "$TestDrive/missing.json" } | Should -Throw
    }

    It 'refuses what Format- commands made' {
        { Get-Process | Format-Table | Compress-HeadroomContent } |
            Should -Throw -ErrorId 'HeadroomFormattedInput,Headroom.PowerShell.Commands.CompressHeadroomContentCommand'
    }

    It 'shows details as a table' {
        $shown = Compress-HeadroomContent "$fixtures/lsns.json" -Detailed | Out-String -Width 200
        $shown | Should -Match 'Before\s+After\s+Saved%\s+Strategy\s+Hash\s+File'
        $shown | Should -Match 'lsns\.json'
    }

    It 'completes model names' {
        (TabExpansion2 'Compress-HeadroomContent -Model gpt-4o').CompletionMatches | Should -Not -BeNullOrEmpty
    }

    It 'gives a file in <Encoding> back to the byte' -ForEach @(
        @{ Encoding = 'unicode'; Option = @{} }, @{ Encoding = 'utf32'; Option = @{} }, @{ Encoding = 'utf8BOM'; Option = @{} },
        @{ Encoding = 'latin1'; Option = @{ Encoding = 'latin1' } }, @{ Encoding = 'windows-1252'; Option = @{ Encoding = 1252 } }
    ) {
        $rows = 1..60 | ForEach-Object { [pscustomobject]@{ id = $_; name = "Z$([char]0xfc)rich $_" } } | ConvertTo-Json
        $rows | Set-Content "$TestDrive/rows.json" -Encoding $Encoding
        $bytes = Get-Content "$TestDrive/rows.json" -AsByteStream -Raw
        $file = Compress-HeadroomContent "$TestDrive/rows.json" -Detailed @Option
        $stream = Get-Content "$TestDrive/rows.json" -AsByteStream -Raw | Compress-HeadroomContent -Detailed @Option
        $file.BytesBefore, $stream.BytesBefore | Should -Be $bytes.Length, $bytes.Length
        $stream.Hash | Should -Be $file.Hash
        $file.Text | Should -Match ([char]0xfc)
        Expand-HeadroomContent $file.Hash -AsByteStream | Set-Content "$TestDrive/back.json" -AsByteStream
        (Get-FileHash "$TestDrive/back.json").Hash | Should -Be (Get-FileHash "$TestDrive/rows.json").Hash
        $file | Expand-HeadroomContent | Should -BeExactly (Get-Content "$TestDrive/rows.json" -Raw -Encoding $Encoding)
    }
}

Describe 'Expand-HeadroomContent' -Tag CI {
    It 'writes an original byte for byte' {
        $text = Compress-HeadroomContent "$fixtures/find-printf.json"
        Expand-HeadroomContent $text.Hash -AsByteStream | Set-Content "$TestDrive/back.json" -AsByteStream
        (Get-FileHash "$TestDrive/back.json").Hash | Should -Be (Get-FileHash "$fixtures/find-printf.json").Hash
    }

    It 'says so when a hash is not known' {
        { Expand-HeadroomContent ('0' * 24) -ErrorAction Stop } |
            Should -Throw -ErrorId 'HeadroomOriginalNotFound,Headroom.PowerShell.Commands.ExpandHeadroomContentCommand'
    }
}

Describe 'Get-HeadroomContent' -Tag CI {
    It 'gets rows and says their share' {
        $text = Compress-HeadroomContent "$fixtures/dpkg-log.json"
        $rows = $text | Get-HeadroomContent -Row 2-3 -InformationVariable share
        ($rows | ConvertFrom-Json).Count | Should -Be 2
        "$share" | Should -Match '^rows 2 to 3 of 800; \d+ of [\d,]+ bytes$'
    }

    It 'finds lines behind the marker of a view' {
        $log = Get-Content "$fixtures/../log/python-worker.log"
        $view = "$($log | Compress-HeadroomContent -Budget 300)"
        $marker = ($view -split "`n")[-1]
        $found = ($marker | Get-HeadroomContent -Pattern 'ERROR') -split "`n" | Where-Object { $_ }
        $found.Count | Should -Be @($log -match 'ERROR').Count
    }

    It 'writes an original byte for byte' {
        $hash = (Compress-HeadroomContent "$fixtures/find-printf.json").Hash
        Get-HeadroomContent $hash -AsByteStream | Set-Content "$TestDrive/back.json" -AsByteStream
        (Get-FileHash "$TestDrive/back.json").Hash | Should -Be (Get-FileHash "$fixtures/find-printf.json").Hash
    }
}

Describe 'The cache' -Tag CI {
    It 'is shown and cleared, and says afterwards that it was' {
        $data = "$TestDrive/cache"
        $hash = (Compress-HeadroomContent "$fixtures/lsns.json" -DataDirectory $data).Hash
        Get-HeadroomCache -DataDirectory $data | Out-String | Should -Match 'Originals\s+: 1'
        Get-HeadroomCache -List -DataDirectory $data | Out-String -Width 80 | Should -Match "$hash\s+1,560\s+\d+\s+\d{4}-\d\d-\d\d \d\d:\d\d\s+\d{4}"
        (Clear-HeadroomCache -All -DataDirectory $data -Confirm:$false -PassThru).Originals | Should -Be 1
        { Get-HeadroomContent $hash -DataDirectory $data -ErrorAction Stop } |
            Should -Throw -ErrorId 'HeadroomContentExpired,Headroom.PowerShell.Commands.GetHeadroomContentCommand'
    }

    It 'is not cleared before somebody says yes' {
        $data = "$TestDrive/unconfirmed"
        $null = Compress-HeadroomContent "$fixtures/lsns.json" -DataDirectory $data
        & pwsh -NoProfile -NonInteractive -Command "Import-Module '$root/Headroom.psd1'; Clear-HeadroomCache -DataDirectory '$data'" 2>&1 |
            Out-String | Should -Match 'NonInteractive'
        (Get-HeadroomCache -DataDirectory $data).Originals | Should -Be 1
    }

    It 'loses what is piped in and nothing else' {
        $data = "$TestDrive/piped"
        foreach ($word in 'north', 'south', 'west') {
            $null = 1..200 | ForEach-Object { [pscustomobject]@{ id = $_; side = $word } } | Compress-HeadroomContent -DataDirectory $data
        }
        @() | Clear-HeadroomCache -DataDirectory $data -Confirm:$false
        (Get-HeadroomCache -DataDirectory $data).Originals | Should -Be 3
        Get-HeadroomCache -List -DataDirectory $data | Select-Object -First 1 | Clear-HeadroomCache -DataDirectory $data -WhatIf
        (Get-HeadroomCache -DataDirectory $data).Originals | Should -Be 3
        Get-HeadroomCache -List -DataDirectory $data | Select-Object -First 1 | Clear-HeadroomCache -DataDirectory $data -Confirm:$false
        (Get-HeadroomCache -DataDirectory $data).Originals | Should -Be 2
        Clear-HeadroomCache -All -DataDirectory $data
        (Get-HeadroomCache -DataDirectory $data).Originals | Should -Be 0
    }

    It 'lists no more than is asked for' {
        $data = "$TestDrive/list"
        foreach ($file in 'lsns', 'lscpu', 'dpkg-log', 'ip-addr') { $null = Compress-HeadroomContent "$fixtures/$file.json" -DataDirectory $data }
        @(Get-HeadroomCache -List -DataDirectory $data).Count | Should -Be 4
        @(Get-HeadroomCache -List -DataDirectory $data | Select-Object -First 2).Count | Should -Be 2
        (TabExpansion2 "Get-HeadroomContent -DataDirectory '$data' ").CompletionMatches.Count | Should -Be 4
    }
}

Describe 'Start-HeadroomMcpServer' -Tag CI {
    It 'serves a client over stdin and stdout until stdin ends' {
        $start = [Diagnostics.ProcessStartInfo]::new('pwsh')
        '-NoProfile', '-NonInteractive', '-Command', "Import-Module '$root/Headroom.psd1'; Start-HeadroomMcpServer -Store memory" |
            ForEach-Object { $start.ArgumentList.Add($_) }
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [Diagnostics.Process]::Start($start)
        $process.StandardInput.WriteLine('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}')
        $process.StandardInput.WriteLine('{"jsonrpc":"2.0","id":2,"method":"tools/list"}')
        $answers = 1..2 | ForEach-Object { $process.StandardOutput.ReadLine() | ConvertFrom-Json }
        ($answers | Where-Object id -EQ 1).result.serverInfo.name | Should -Be headroom
        ($answers | Where-Object id -EQ 2).result.tools.name | Should -Contain headroom_retrieve
        $process.StandardInput.Close()
        $process.StandardOutput.ReadToEnd() | Should -BeNullOrEmpty
        $process.WaitForExit()
        $process.ExitCode | Should -Be 0
        $process.StandardError.ReadToEnd() | Should -BeNullOrEmpty
    }
}

Describe 'The proxy' -Tag CI {
    AfterEach { Get-Job | Remove-Job -Force }

    It 'answers, is a job, and stops' {
        $proxy = Start-HeadroomProxy -Port 0
        (Invoke-WebRequest "$($proxy.Uri)livez").StatusCode | Should -Be 200
        Get-Job -Id $proxy.Id | Should -Be $proxy
        (Get-HeadroomStats -Uri $proxy.Uri).Requests | Should -Be 0
        Get-HeadroomStats | Out-String | Should -Match 'TokensSaved'
        Get-Job | Out-String | Should -Match 'HeadroomProxy'
        Stop-Job $proxy
        $proxy.State | Should -Be Stopped
    }

    It 'names an occupied port' {
        $first = Start-HeadroomProxy -Port 0
        { Start-HeadroomProxy -Port $first.Port } |
            Should -Throw -ErrorId 'HeadroomProxyPortInUse,Headroom.PowerShell.Commands.StartHeadroomProxyCommand'
    }

    It 'ends with the module' {
        $uri = (Start-HeadroomProxy -Port 0).Uri
        Remove-Module Headroom
        { Invoke-WebRequest "$($uri)livez" } | Should -Throw
        Get-Job | Should -BeNullOrEmpty
        Import-Module "$root/Headroom.psd1"
    }

    It 'keeps ASP.NET Core out of the default load context' {
        $null = Start-HeadroomProxy -Port 0
        [System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies.GetName().Name -like 'Microsoft.AspNetCore*' |
            Should -BeNullOrEmpty
    }
}

Describe 'The examples' -Tag CI {
    # In a process of its own: a script must not need the module before it has imported it.
    It '<_> runs in a new session' -ForEach 'compress-file', 'reverse' {
        $output = & pwsh -NoProfile -NonInteractive -File "$root/examples/$_.ps1"
        $LASTEXITCODE | Should -Be 0
        $output | Should -Not -BeNullOrEmpty
    }

    It 'compress a file' { & "$root/examples/compress-file.ps1" | Select-Object -Last 1 -ExpandProperty SavingsPercent | Should -BeGreaterThan 30 }
    It 'reverse' { (& "$root/examples/reverse.ps1").ViewSameCharacters | Should -BeTrue }
    It 'send a request' -Skip:([bool] $env:OPENAI_API_KEY) { (& "$root/examples/start-proxy.ps1").Status | Should -Be 200 }
}
