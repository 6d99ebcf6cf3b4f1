import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inferredGraph } from '@kiln/codegen';
import { readModel } from '@kiln/formats';
import { expect, test } from 'vitest';

// The keyword spotter of MLPerf Tiny as TensorFlow saved it; npm run judge compares its answers with TensorFlow's.

const MODEL = fileURLToPath(new URL('../../../shared/models/kws_savedmodel', import.meta.url));

test.skipIf(!existsSync(MODEL))('batch normalisation of a SavedModel is folded (needs ../shared)', () => {
  const { nodes } = inferredGraph(readModel(MODEL));
  expect(nodes.map(({ op }) => op).filter((op) => op === 'mul' || op === 'add')).toEqual([]);
  expect(nodes).toHaveLength(22);
});
