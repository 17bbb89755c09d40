# Completion of numdeck for bash. What is offered is numdeck's to say; this only hands it the line.
_numdeck() {
    local rest=${COMP_LINE:0:COMP_POINT} n=-1 i glued word current reply cut breaks
    local -a words=()
    # Bash takes words apart at ':', '=' and '@': what had no blank before it is put together again.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((i == 0)); then
            rest=${rest#*"$word"}
            continue
        fi
        glued=1
        if [[ $rest == [[:space:]]* ]]; then
            glued=0
            rest=${rest#"${rest%%[![:space:]]*}"}
        fi
        ((i == COMP_CWORD)) && word=$rest
        if ((glued && n >= 0)); then
            words[n]+=$word
        else
            ((n += 1))
            words[n]=$word
        fi
        rest=${rest#"$word"}
    done
    ((n >= 0)) || return 0
    current=${words[n]}
    unset "words[n]"
    # It is only the part behind the last of those signs that bash puts something else in place of.
    cut=
    breaks=${COMP_WORDBREAKS//[!:=@]/}
    if [[ -n $breaks && $current != [\"\']* ]]; then
        cut=${current%"${current##*["$breaks"]}"}
    fi
    COMPREPLY=()
    local spaced=0
    while IFS= read -r reply; do
        reply=${reply%%$'\t'*}
        if [[ $reply == :files ]]; then
            compopt -o filenames 2>/dev/null
            word=${current#"$cut"}
            while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -f -- "$word")
            return 0
        fi
        [[ $reply == *[:=,] ]] || spaced=1
        COMPREPLY+=("${reply#"$cut"}")
    done < <(command numdeck __complete bash "=$current" ${words[@]+"${words[@]}"} 2>/dev/null </dev/null)
    ((spaced)) || compopt -o nospace 2>/dev/null
    return 0
}
complete -o nosort -F _numdeck numdeck 2>/dev/null || complete -F _numdeck numdeck
