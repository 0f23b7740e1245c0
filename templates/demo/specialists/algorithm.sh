#!/bin/sh
# A scripted algorithm specialist.
set -eu
cat > /dev/null
echo 'transforming concurrent edits'
mkdir -p src/ot
cat > src/ot/transform.ts <<'TS'
import type { Transform } from "../types/operation";

/** Moves `later` so that it means the same after `earlier` was applied. */
export function transform(later: Transform, earlier: Transform): Transform {
  if (earlier.position > later.position) {
    return later;
  }
  const shift = earlier.insert.length - earlier.remove;
  return { ...later, position: Math.max(earlier.position, later.position + shift) };
}

/** Applies an edit to a text. */
export function apply(text: string, edit: Transform): string {
  return text.slice(0, edit.position) + edit.insert + text.slice(edit.position + edit.remove);
}
TS
