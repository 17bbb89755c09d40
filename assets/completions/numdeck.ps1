# Completion of numdeck for PowerShell. What is offered is numdeck's to say; this only hands it the line.
Register-ArgumentCompleter -Native -CommandName numdeck -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = @()
    $current = ''
    foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {
        $start = $element.Extent.StartOffset
        if ($element.Extent.EndOffset -lt $cursorPosition) {
            $before += $element.Extent.Text
        } elseif ($start -lt $cursorPosition) {
            $text = $element.Extent.Text
            $current = $text.Substring(0, [Math]::Min($text.Length, $cursorPosition - $start))
        }
    }
    # An empty argument would get lost on the way, so the word at the cursor has a sign before it.
    numdeck __complete powershell "=$current" @before 2>$null | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        # Where files are asked for, nothing is offered, and PowerShell offers files by itself.
        if ($value -ne ':files') {
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
        }
    }
}
