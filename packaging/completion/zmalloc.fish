# fish completion of the zmalloc command. What may be typed next is told by "zmalloc --complete", in
# lines that tools/options/complete.h describes.

function __zmalloc_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] --complete $words[2..] "$current" 2>/dev/null)
        set -l fields (string split \t -- $line)
        switch $fields[1]
            case word
                printf '%s\t%s\n' $fields[2] $fields[3]
            case files
                set -l before $fields[2]
                set -l path (string sub -s (math (string length -- "$before") + 1) -- "$current")
                printf "$before%s\n" (complete -C "'' $path")
            case command
                set -l command (string escape -- $words[(math $fields[2] + 1)..] )
                complete -C "$command $current"
        end
    end
end

complete -c zmalloc -f -a '(__zmalloc_complete)'
