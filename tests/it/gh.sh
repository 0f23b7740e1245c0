#!/bin/sh
# Stands in for gh: keeps pull requests in ../host, records its calls, and answers as the real one.
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
host=$home/host
mkdir -p "$host"
printf '%s\n' "$*" >>"$host/calls"
if [ -e "$host/logged-out" ]; then
    echo "To get started with GitHub CLI, please run:  gh auth login" >&2
    exit 4
fi
[ "$1" = pr ] || exit 1
verb=$2
shift 2
head='' base='' title='' number=''
for arg; do
    case $arg in
    --head=*) head=${arg#*=} ;;
    --base=*) base=${arg#*=} ;;
    --title=*) title=${arg#*=} ;;
    --state=all | --limit=100 | --body-file=- | --json | number,url,*) ;;
    [1-9]*) number=$arg ;;
    *)
        echo "unknown flag: $arg" >&2
        exit 1
        ;;
    esac
done

tip() { git --git-dir="$home/remote.git" rev-parse --verify -q "refs/heads/$1"; }

return=$(printf '\r')
json() { sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e "s/$return/\\\\r/g" -e 's/	/\\t/g' -e 's/$/\\n/' "$1" | tr -d '\n'; }

address() { echo "https://code.example/ada/repo/pull/$1"; }

add() {
    number=$(($(find "$host" -mindepth 1 -maxdepth 1 -type d | wc -l) + 1))
    mkdir "$host/$number"
    echo "$head" >"$host/$number/head"
    echo "$base" >"$host/$number/base"
    echo "$title" >"$host/$number/title"
    echo OPEN >"$host/$number/state"
    echo false >"$host/$number/cross"
    cat >"$host/$number/body"
}

case $verb in
list)
    separator=''
    printf '['
    for pull in "$host"/[1-9]*; do
        if [ "$(cat "$pull/head" 2>/dev/null)" = "$head" ]; then
            number=${pull##*/}
            if [ "$(cat "$pull/state" "$pull/cross" | tr '\n' ' ')" = "OPEN false " ]; then
                tip "$head" >"$pull/oid"
            fi
            printf '%s{"baseRefName":"%s","body":"%s","headRefOid":"%s","isCrossRepository":%s,"number":%s,"state":"%s","url":"%s"}' \
                "$separator" "$(cat "$pull/base")" "$(json "$pull/body")" "$(cat "$pull/oid")" \
                "$(cat "$pull/cross")" "$number" "$(cat "$pull/state")" "$(address "$number")"
            separator=,
        fi
    done
    printf ']\n'
    ;;
create)
    if ! tip "$head" >/dev/null; then
        echo "pull request create failed: GraphQL: Head sha can't be blank (createPullRequest)" >&2
        exit 1
    fi
    add
    if [ -e "$host/slow" ]; then
        # Somebody else was faster.
        echo "a pull request for branch \"$head\" into branch \"$base\" already exists:" >&2
        address "$number" >&2
        exit 1
    fi
    address "$number"
    ;;
edit)
    echo "$base" >"$host/$number/base"
    cat >"$host/$number/body"
    address "$number"
    ;;
*) exit 1 ;;
esac
