# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of cihost for bash: the program itself knows what may follow.

_cihost() {
    local -a words=()
    local word joined= quote= i
    # bash takes roof:1 and --socket=PATH apart; cihost wants them whole, and without quotes
    for ((i = 1; i <= COMP_CWORD; ++i)); do
        word=${COMP_WORDS[i]}
        if ((${#words[@]})) && [[ $word == [:=] || $joined ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
        [[ $word == [:=] ]] && joined=1 || joined=
    done
    local raw=${words[-1]}
    for i in "${!words[@]}"; do
        word=${words[i]}
        [[ $word == [\"\']* ]] && word=${word:1} && word=${word%[\"\']}
        words[i]=${word//\\/}
    done
    [[ $raw == [\"\']* ]] && quote=${raw:0:1}

    local -a found=()
    mapfile -t found < <("${COMP_WORDS[0]/#\~/$HOME}" complete "${words[@]}" 2>/dev/null)
    # what bash takes for a word of its own is behind the last colon
    local before=
    [[ ! $quote && $raw == *:* ]] && before=${words[-1]%"${words[-1]##*:}"}
    COMPREPLY=()
    for word in "${found[@]}"; do
        word=${word#"$before"}
        if [[ $quote ]]; then
            COMPREPLY+=("$word")
        else
            printf -v word %q "$word"
            COMPREPLY+=("${word//\\:/:}")
        fi
    done
}
# file names where cihost has nothing to say
complete -o default -F _cihost cihost
