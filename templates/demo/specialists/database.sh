#!/bin/sh
# A scripted database specialist. On its first attempt it does not know the types that another
# specialist defines at the same time; when the validator's finding comes back, it applies the fix.
set -eu
prompt=$(cat)
if printf '%s\n' "$prompt" | grep -q '^## Put right first'; then
    echo 'the finding carries a patch: applying it'
    printf '%s\n' "$prompt" | sed -n '/^  ```diff$/,/^  ```$/p' | sed -e '/^  ```/d' -e 's/^  //' > "$TMPDIR/fix.patch"
    git apply "$TMPDIR/fix.patch"
    exit 0
fi
echo 'designing the tables'
cat > db/operations.py <<'PY'
"""Operations as the database keeps them."""

from dataclasses import dataclass

TABLE = "operations"


@dataclass
class Delta:
    position: int
    insert: str
    remove: int


@dataclass
class Operation:
    id: str
    user_id: int
    operation: Delta
    timestamp: float


def insert_operation(operation: Operation) -> str:
    return f"INSERT INTO {TABLE} (id, at) VALUES ('{operation.id}', {operation.timestamp})"
PY
