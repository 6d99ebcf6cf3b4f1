import { type Fields, writeTfliteTables } from '../../packages/formats/src/testing/write-tflite.js';
import { seededUnit } from '../conformance/fan-out.js';
import { sampleModels } from './sample-models.js';

const models = sampleModels();
const files = models.map(writeTfliteTables);

/** Numbers that break things: ends of ranges, and what is next to them. */
const NASTY = [0, 1, -1, 2, 3, 127, 128, 255, 256, 32767, 65535, 65536, 2 ** 24, 2 ** 30, 2 ** 31 - 1, -(2 ** 31)];

type Random = (below: number) => number;

/** Every other model has bytes of its file changed or its end cut off, the others numbers of its tables. */
export function mutateModel(seed: number): Uint8Array {
  const unit = seededUnit(seed);
  const random: Random = (below) => Math.floor(unit() * below);
  const which = random(models.length);
  return seed % 2 === 0 ? changeBytes(files[which]!, random) : writeTfliteTables(changeTables(models[which]!, random));
}

function changeBytes(file: Uint8Array, random: Random): Uint8Array {
  const bytes = file.slice();
  const view = new DataView(bytes.buffer);
  const word = (): number => 4 * random(Math.floor(bytes.length / 4));
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = word();
    const way = random(6);
    if (way === 0) bytes[at + random(4)]! ^= 1 << random(8);
    else if (way === 1) bytes[at + random(4)] = random(256);
    else if (way === 2) view.setInt32(at, NASTY[random(NASTY.length)]!, true);
    else if (way === 3) view.setInt16(at + 2 * random(2), NASTY[random(11)]!, true);
    else if (way === 4) view.setInt32(at, view.getInt32(at, true) + random(9) - 4, true);
    else bytes.copyWithin(at, word(), word());
  }
  return random(10) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
}

/** A copy with one to three of its numbers, vectors or names changed, wherever they stand. */
function changeTables(model: Fields, random: Random): Fields {
  const copy = structuredClone(model) as Record<string, unknown>;
  for (let changes = 1 + random(3); changes > 0; changes--) {
    const places: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
    const walk = (holder: Record<string, unknown>): void => {
      for (const [key, value] of Object.entries(holder)) {
        if (key === 'member') continue;
        places.push({ holder, key });
        if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) walk(value as typeof holder);
      }
    };
    walk(copy);
    const { holder, key } = places[random(places.length)]!;
    holder[key] = changed(holder[key], random);
  }
  return copy;
}

function changed(value: unknown, random: Random): unknown {
  const nasty = NASTY[random(NASTY.length)]!;
  if (typeof value === 'number')
    return [nasty, value + 1, value - 1, -value, 2 * value, value / 3, Number.NaN][random(7)];
  if (typeof value === 'bigint') return [BigInt(nasty), value + 1n, -(2n ** 63n)][random(3)];
  if (typeof value === 'string') return ['', '*/', '"\\\n', '??/', '../../x', 'x'.repeat(10_000), 'int'][random(7)];
  if (value instanceof Uint8Array) return value.subarray(0, random(value.length + 1));
  if (!Array.isArray(value)) return value;
  const items = value as unknown[];
  return [items.slice(0, random(items.length + 1)), [...items, ...items], [...items].reverse(), []][random(4)];
}
