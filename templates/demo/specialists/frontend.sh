#!/bin/sh
# A scripted frontend specialist.
set -eu
cat > /dev/null
echo 'building the editor'
mkdir -p src/editor
cat > src/editor/editor.ts <<'TS'
import type { Operation, Transform } from "../types/operation";
import { apply, transform } from "../ot/transform";
import { broadcast, join } from "../server/rooms";

/** One person's view of a document. */
export class Editor {
  private pending: Transform[] = [];
  private text = "";

  constructor(private documentId: string, private userId: string) {
    join(documentId, (operation) => this.receive(operation));
  }

  /** Applies a local edit at once and sends it to the others. */
  edit(op: Transform, timestamp: number): void {
    this.pending.push(op);
    this.text = apply(this.text, op);
    broadcast(this.documentId, [{ id: `${this.userId}-${timestamp}`, userId: this.userId, op, timestamp }]);
  }

  private receive(operation: Operation): void {
    if (operation.userId !== this.userId) {
      this.text = apply(this.text, this.pending.reduce(transform, operation.op));
    }
  }
}
TS
