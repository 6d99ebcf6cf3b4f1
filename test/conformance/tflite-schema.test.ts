import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as enums from '../../packages/formats/src/tflite/schema/enums.js';
import { LAYOUT, UNIONS } from '../../packages/formats/src/tflite/schema/layout.js';

type SchemaField = readonly [number: number, kind: string, absent: string | null];

/** What `test/oracle/make_schema.py` read out of the classes that flatc made from the official schema. */
const SCHEMA = JSON.parse(readFileSync(new URL('../fixtures/tflite-schema.json', import.meta.url), 'utf8')) as {
  readonly tables: Readonly<Record<string, Readonly<Record<string, SchemaField>>>>;
  readonly enums: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

type LayoutField = readonly [number: number, type: string, absent?: unknown];

const SCALARS = ['bool', 'int8', 'uint8', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float32'];

/** How the schema's classes would name the type. */
function kindOf(type: string): string {
  const capital = (name: string): string => `${name[0]!.toUpperCase()}${name.slice(1)}`;
  if (type.startsWith('[')) {
    const item = type.slice(1, -1);
    return `vector of ${SCALARS.includes(item) ? capital(item) : 'offsets'}`;
  }
  return SCALARS.includes(type) ? capital(type) : 'offset';
}

test.each(Object.entries(LAYOUT) as [string, Readonly<Record<string, LayoutField>>][])(
  '%s has the fields of the official schema, with its numbers, types and defaults',
  (table, fields) => {
    const official = SCHEMA.tables[table]!;
    for (const [name, [number, type, absent]] of Object.entries(fields)) {
      const key = `${name[0]!.toUpperCase()}${name.slice(1)}`;
      const [slot, kind, fallback] = official[key]!;
      expect([number, kindOf(type)], `${table}.${name}`).toEqual([slot, kind]);
      if (SCALARS.includes(type)) {
        const expected = fallback === 'True' ? 1 : fallback === 'False' ? 0 : Number(fallback);
        expect(Number(absent), `${table}.${name}`).toBe(expected);
      }
    }
  },
);

test.each([
  ['BuiltinOperator', enums.BUILTIN_OPERATORS],
  ['TensorType', enums.TENSOR_TYPES],
  ['Padding', enums.PADDINGS],
  ['ActivationFunctionType', enums.ACTIVATION_FUNCTIONS],
  ['MirrorPadMode', enums.MIRROR_PAD_MODES],
  ['DimensionType', enums.DIMENSION_TYPES],
  ['FullyConnectedOptionsWeightsFormat', enums.WEIGHTS_FORMATS],
])('%s has the members of the official schema', (name, members: readonly string[]) => {
  const official = SCHEMA.enums[name]!;
  expect(Object.entries(members)).toEqual(Object.entries(official));
});

test.each(Object.entries(UNIONS))('the union %s has the members of the official schema', (name, members) => {
  expect(members).toEqual(SCHEMA.enums[name]);
});
