#!/bin/sh
# The project's own check: every import of src/ and tests/ finds what it names, and the messages
# have the same fields in TypeScript and in Python.
set -eu
failed=0

fail() {
    echo "check: $1" >&2
    failed=1
}

# "name ./path" for every name imported from a relative path.
imports() {
    sed -n 's/^import \(type \)\{0,1\}{ *\(.*\) *} from "\(\..*\)";$/\2 \3/p' "$1" | tr -d ','
}

for file in $(find src tests -name '*.ts' 2>/dev/null | sort); do
    imports "$file" > .check-imports
    while read -r line; do
        module=${line##* }
        target=$(dirname "$file")/$module.ts
        for name in ${line% *}; do
            if [ ! -f "$target" ]; then
                fail "$file imports $module, which does not exist"
            elif ! grep -Eq "^export (interface|type|function|class|const) $name\b" "$target"; then
                fail "$file imports $name, which $target does not export"
            fi
        done
    done < .check-imports
done
rm -f .check-imports

# The names of the fields of one message.
typescript_fields() {
    cat src/types/*.ts | sed -n "/^export interface $1 {/,/^}/s/^ *\([A-Za-z_]*\)?\{0,1\}:.*/\1/p" | sort
}
python_fields() {
    cat db/*.py | sed -n "/^class $1:/,/^\$/s/^ *\([A-Za-z_]*\): .*/\1/p" | sort
}

for message in Document Operation Transform; do
    left=$(typescript_fields "$message")
    right=$(python_fields "$message")
    if [ -n "$left" ] && [ -n "$right" ] && [ "$left" != "$right" ]; then
        fail "$message has the fields $(echo $left) in TypeScript and $(echo $right) in Python"
    fi
done

[ "$failed" = 0 ] && echo "check: all parts fit together"
exit "$failed"
