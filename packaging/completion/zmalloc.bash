# bash completion of the zmalloc command: what its --help lists, the backends that it holds, and behind
# "run" and the like any command with its own arguments.

_zmalloc_words() { # ZMALLOC [SUBCOMMAND]: subcommands and long options, from the help
    "$@" --help 2>/dev/null | sed -n \
        -e 's/^  \([a-z][a-z-]*\)  .*/\1/p' \
        -e 's/^  \(-., \|    \)\(--[a-z-]*\)\[\?\(=\?\).*/\2\3/p'
}

_zmalloc_backends() { # ZMALLOC
    "$1" info --json 2>/dev/null | tr '{,' '\n\n' | sed -n 's/.*"name": *"\([a-z_0-9]*\)".*/\1/p'
}

_zmalloc() {
    local cur prev words cword split
    _init_completion -s -n : || return
    local zmalloc=${words[0]} sub=${words[1]} i
    if ((cword == 1)); then
        COMPREPLY=($(compgen -W "$(_zmalloc_words "$zmalloc")" -- "$cur"))
        return
    fi
    # Behind "--", or the first word that is no option, somebody else's completion.
    for ((i = 2; i < cword; i++)); do
        case ${words[i]} in
        --)
            _command_offset $((i + 1))
            return
            ;;
        -b | -n | -t | --backend | --backends) ((++i)) ;;
        -*) ;;
        *)
            _command_offset "$i"
            return
            ;;
        esac
    done
    case $prev in
    -b | --backend)
        COMPREPLY=($(compgen -W "$(_zmalloc_backends "$zmalloc")" -- "$cur"))
        return
        ;;
    --backends) # a list
        COMPREPLY=($(compgen -P "${cur%"${cur##*,}"}" -W "$(_zmalloc_backends "$zmalloc")" -- "${cur##*,}"))
        return
        ;;
    esac
    if $split; then
        _filedir
    elif [[ $cur = -* ]]; then
        COMPREPLY=($(compgen -W "$(_zmalloc_words "$zmalloc" "$sub")" -- "$cur"))
        [[ ${COMPREPLY-} != *= ]] || compopt -o nospace
    elif [[ $sub = run || $sub = compare ]]; then
        _command_offset "$cword"
    else
        _filedir
    fi
} && complete -F _zmalloc zmalloc
