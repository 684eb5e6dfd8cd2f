# fish completion of the zmalloc command: what its --help lists, the backends that it holds, and behind
# "run" and the like any command with its own arguments.

function __zmalloc_subcommands
    zmalloc --help 2>/dev/null | string replace -rf '^  ([a-z][a-z-]*)  +(.*)' '$1\t$2'
end

function __zmalloc_options
    set -l sub (commandline -opc)[2]
    zmalloc $sub --help 2>/dev/null | string replace -rf '^  (?:-., |    )(--[a-z-]+)\S*  +(.*)' '$1\t$2'
end

function __zmalloc_backends
    zmalloc info --json 2>/dev/null | string replace -rf '^ *"name": "(\w+)".*' '$1'
end

complete -c zmalloc -n __fish_use_subcommand -f -a '(__zmalloc_subcommands)'
complete -c zmalloc -n 'not __fish_use_subcommand; and string match -q -- "-*" (commandline -ct)' \
    -f -a '(__zmalloc_options)'
complete -c zmalloc -n '__fish_seen_subcommand_from run' -s b -l backend -x -a '(__zmalloc_backends)'
complete -c zmalloc -n '__fish_seen_subcommand_from compare' -s b -l backends -x \
    -a '(__fish_complete_list , __zmalloc_backends)'
complete -c zmalloc -n '__fish_seen_subcommand_from run compare; and not string match -q -- "-*" (commandline -ct)' \
    -x -a '(__fish_complete_subcommand --fcs-skip=2)'
