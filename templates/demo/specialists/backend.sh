#!/bin/sh
# A scripted backend specialist.
set -eu
cat > /dev/null
echo 'ordering and broadcasting operations'
mkdir -p src/server
cat > src/server/rooms.ts <<'TS'
import type { Operation } from "../types/operation";

type Listener = (operation: Operation) => void;

const listeners = new Map<string, Listener[]>();

/** Adds a listener to a document's room and returns how to leave it. */
export function join(documentId: string, listener: Listener): () => void {
  const room = listeners.get(documentId) ?? [];
  listeners.set(documentId, [...room, listener]);
  return () => listeners.set(documentId, (listeners.get(documentId) ?? []).filter((other) => other !== listener));
}

/** Sends operations to everybody in the room, in the order of their timestamps. */
export function broadcast(documentId: string, operations: Operation[]): void {
  const ordered = [...operations].sort((a, b) => a.timestamp - b.timestamp);
  for (const operation of ordered) {
    (listeners.get(documentId) ?? []).forEach((listener) => listener(operation));
  }
}

interface Router {
  get(path: string, handler: (request: { params: { id: string } }) => Operation[]): void;
}

/** Serves documents with their operations. */
export function routes(app: Router, load: (documentId: string) => Operation[]): void {
  app.get("/documents/:id", (request) => load(request.params.id));
}
TS
