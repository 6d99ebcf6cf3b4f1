import { inferredGraph } from '@kiln/codegen';
import { readKeras, readTfjsLayers, WRITERS } from '@kiln/formats';
import { KilnError } from '@kiln/ir';
import { expect, test } from 'vitest';
import { graphOf, loadFamilies } from '../conformance/oracle-cases.js';
import { seededUnit } from '../conformance/fan-out.js';

// Keras files with bytes changed, and cut off anywhere: a clear error or a network, never a crash.

/** Damaged files of each format in the default run; `KILN_HOSTILE_COUNT` asks for more. */
const COUNT = Number(process.env['KILN_HOSTILE_COUNT'] ?? 400);
const SEED = 11;

const network = inferredGraph(
  graphOf(
    loadFamilies()
      .flatMap(({ cases }) => cases)
      .find(({ name }) => name === 'conv2d-float32-0')!,
  ),
);

/** Some bytes of a file changed, or its end gone. */
function damage(bytes: Uint8Array, unit: () => number): Uint8Array {
  const copy = bytes.slice(0, unit() < 0.2 ? Math.floor(unit() * bytes.length) : bytes.length);
  const changes = 1 + Math.floor(unit() * 6);
  for (let i = 0; i < changes && copy.length > 0; i++)
    copy[Math.floor(unit() * copy.length)] = Math.floor(unit() * 256);
  return copy;
}

test.each(['h5', 'keras'])('damaged %s files end in an error of their own', { timeout: 120_000 }, async (format) => {
  const [file] = await WRITERS.find((writer) => writer.format === format)!.write(network);
  const bytes = file!.contents as Uint8Array;
  const unit = seededUnit(SEED);
  let refused = 0;
  for (let i = 0; i < COUNT; i++) {
    const damaged = damage(bytes, unit);
    try {
      readKeras(damaged, 'damaged');
    } catch (error) {
      expect(error, `damage ${i} of seed ${SEED}: ${String(error)}`).toBeInstanceOf(KilnError);
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(COUNT / 10);
});

test('a description with parts missing, doubled or of another type ends in an error of its own', async () => {
  const [file] = await WRITERS.find((writer) => writer.format === 'tfjs')!.write(network);
  const text = file!.contents as string;
  const unit = seededUnit(SEED);
  const lines = text.split('\n');
  for (let i = 0; i < COUNT; i++) {
    const changed = [...lines];
    const at = Math.floor(unit() * lines.length);
    changed[at] = changed[at]!.replace(
      /\d+|"[a-z_0-9]+"|true|null/i,
      ['-1', '"x"', 'null', '[]', '{}', '1e99'][Math.floor(unit() * 6)]!,
    );
    try {
      readTfjsLayers(changed.join('\n'), 'damaged', () => new Uint8Array(4096));
    } catch (error) {
      expect(error, `line ${at}: ${changed[at]}: ${String(error)}`).toBeInstanceOf(KilnError);
    }
  }
});
