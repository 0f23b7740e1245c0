#!/bin/sh
# A scripted types specialist: reads its prompt, writes its files, ends.
set -eu
cat > /dev/null
echo 'defining the messages of the protocol'
cat > src/types/operation.ts <<'TS'
/** What one person did to a text. */
export interface Transform {
  position: number;
  insert: string;
  remove: number;
}

/** One edit on its way between editors. */
export interface Operation {
  id: string;
  userId: string;
  op: Transform;
  timestamp: number;
}
TS
