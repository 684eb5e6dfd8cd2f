# bash completion of the zmalloc command. What may be typed next is told by "zmalloc --complete", in
# lines that tools/options/complete.h describes.

# How many of readline's words our first COUNT ones are. Readline ends words at "=" and ":" too, and has
# redirections among them.
_zmalloc_readline_words() { # COUNT
    local i=0 word
    for word in "${words[@]:0:$1}"; do
        while [[ $word ]] && ((i < ${#COMP_WORDS[@]})); do
            word=${word#"${COMP_WORDS[i++]}"}
        done
    done
    printf '%d' "$i"
}

_zmalloc_files() { # the part of the word before the file's name
    local before=$1 cur=${cur#"$1"}
    _filedir
    COMPREPLY=("${COMPREPLY[@]/#/"$before"}")
}

_zmalloc() {
    local cur prev words cword line kind text
    local -a lines
    _init_completion -n := || return
    local zmalloc=${words[0]} breaks=${COMP_WORDBREAKS//[^:=]/}
    [[ $zmalloc != \~/* ]] || zmalloc=$HOME/${zmalloc:2}
    mapfile -t lines < <("$zmalloc" --complete "${words[@]:1:cword}" 2>/dev/null)
    for line in "${lines[@]}"; do
        IFS=$'\t' read -r kind text _ <<<"$line"
        case $kind in
        word) [[ $text != "$cur"* ]] || COMPREPLY+=("$text") ;;
        files) _zmalloc_files "$text" ;;
        command)
            _command_offset "$(_zmalloc_readline_words "$text")"
            return
            ;;
        esac
    done
    [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *[=:,] ]] || compopt -o nospace
    # Readline puts what we return behind the last character that ends a word for it.
    [[ ! $breaks ]] || COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*["$breaks"]}"}"}")
} && complete -F _zmalloc zmalloc
