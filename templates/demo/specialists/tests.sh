#!/bin/sh
# A scripted test specialist.
set -eu
cat > /dev/null
echo 'writing down that concurrent edits converge'
mkdir -p tests
cat > tests/convergence.ts <<'TS'
import { apply, transform } from "../src/ot/transform";
import type { Transform } from "../src/types/operation";

const hello: Transform = { position: 0, insert: "hello ", remove: 0 };
const world: Transform = { position: 0, insert: "world", remove: 0 };

const left = apply(apply("", hello), transform(world, hello));
if (left !== "hello world") {
  throw new Error(`editors diverged: ${left}`);
}
TS
