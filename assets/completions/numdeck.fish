# Completion of numdeck for fish. What is offered is numdeck's to say; this only hands it the line.
function __numdeck_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    for line in (command numdeck __complete fish "=$current" $words[2..-1] 2>/dev/null </dev/null)
        if test "$line" = ":files"
            __fish_complete_path (string replace --regex -- '^--[^=]*=' '' "$current")
        else
            printf '%s\n' $line
        end
    end
end
complete --command numdeck --keep-order --no-files --arguments '(__numdeck_complete)'
