import { DataError, elementCount, type KilnError, UnsupportedError } from '@kiln/ir';
import { z } from 'zod';
import { DATA_TYPE } from '../proto.js';
import type { Attribute, NetworkDef, NodeDef, TensorDef } from './network-def.js';
import { shapeProblem } from './tensor-values.js';

/** 64-bit integers are text in protobuf's JSON. */
const whole = z.union([z.int(), z.string().regex(/^-?\d{1,15}$/)]).transform(Number);
const number = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]).transform(Number);
const TYPE_NAMES: Readonly<Record<string, number>> = {
  DT_FLOAT: DATA_TYPE.float32,
  DT_DOUBLE: DATA_TYPE.float64,
  DT_HALF: DATA_TYPE.float16,
  ...Object.fromEntries(Object.entries(DATA_TYPE).map(([name, type]) => [`DT_${name.toUpperCase()}`, type])),
};
const type = z
  .union([z.int(), z.string()])
  .transform((name) => (typeof name === 'number' ? name : (TYPE_NAMES[name] ?? 0)));
const text = z.union([
  z.string().transform((base64) => Buffer.from(base64, 'base64').toString('utf8')),
  z.array(z.int()).transform((bytes) => Buffer.from(bytes).toString('utf8')),
]);
const shape = z
  .object({ dim: z.array(z.object({ size: whole.default(0) })).default([]), unknownRank: z.boolean().optional() })
  .transform(({ dim, unknownRank }) => (unknownRank === true ? null : dim.map(({ size }) => size)));
const list = z
  .object({ s: z.array(text).default([]), i: z.array(whole).default([]), type: z.array(type).default([]) })
  .catch({ s: [], i: [], type: [] });
const tensor = z
  .looseObject({ dtype: type.default(0), tensorShape: shape.default([]), tensorContent: z.string().default('') })
  .transform(({ dtype, tensorShape, tensorContent, ...others }): TensorDef => {
    const lists = Object.entries(others).filter(([key]) => key.endsWith('Val'));
    const values = z.array(z.union([z.number(), z.string(), z.boolean()])).safeParse(lists[0]?.[1]);
    const content = Uint8Array.from(Buffer.from(tensorContent, 'base64'));
    return { dtype, shape: tensorShape ?? [], content, values: values.data ?? [] };
  });
const attribute = z.object({
  s: text.optional(),
  i: whole.optional(),
  f: number.optional(),
  b: z.boolean().optional(),
  type: type.optional(),
  shape: shape.optional(),
  tensor: tensor.optional(),
  list: list.optional(),
  func: z
    .object({ name: z.string() })
    .transform(({ name }) => name)
    .optional(),
});
const node = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), attribute).default({}),
});
const named = z.array(z.object({ name: z.string() })).default([]);
const info = z.object({ name: z.string(), dtype: type.optional(), tensorShape: shape.optional() });

/** A graph model's `model.json`. Source: tfjs-converter 4.22, `data/compiled_api.ts`; tfjs-core, `io/types.ts`. */
export const graphModelJson = z.object({
  modelTopology: z.object({
    node: z.array(node),
    library: z
      .object({
        function: z
          .array(
            z.object({
              signature: z.object({ name: z.string(), inputArg: named, outputArg: named }),
              nodeDef: z.array(node).default([]),
              ret: z.record(z.string(), z.string()).default({}),
            }),
          )
          .default([]),
      })
      .optional(),
  }),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(
        z.object({
          name: z.string(),
          shape: z.array(z.int().nonnegative()),
          dtype: z.string(),
          quantization: z
            .object({ dtype: z.string(), scale: z.number().default(1), min: z.number().default(0) })
            .optional(),
        }),
      ),
    }),
  ),
  signature: z
    .object({ inputs: z.record(z.string(), info).default({}), outputs: z.record(z.string(), info).default({}) })
    .nullish(),
});

export type GraphModelJson = z.infer<typeof graphModelJson>;
type Manifest = GraphModelJson['weightsManifest'];

const STORED = { float32: 4, int32: 4, uint8: 1, bool: 1, uint16: 2, float16: 2 } as const;

/** The values of all constants, by the names of their nodes. Problems are added to `errors`, all of them. */
export function manifestTensors(
  manifest: Manifest,
  readFile: (path: string) => Uint8Array,
  errors: KilnError[],
): Map<string, TensorDef> {
  const tensors = new Map<string, TensorDef>();
  for (const { paths, weights } of manifest) {
    const bytes = Buffer.concat(paths.map(readFile));
    const where = paths.join(', ');
    let offset = 0;
    for (const weight of weights) {
      const stored = weight.quantization?.dtype ?? weight.dtype;
      const problem = shapeProblem(weight.shape);
      if (!Object.hasOwn(STORED, stored) || problem !== null) {
        const message = `weight '${weight.name}' ${problem ?? `is stored as ${stored}, expected one of ${Object.keys(STORED).join(', ')}`}`;
        errors.push(new UnsupportedError('E-GRAPH-MODEL-WEIGHT', where, message, 'Convert the model again'));
        break;
      }
      const size = STORED[stored as keyof typeof STORED] * elementCount(weight.shape);
      const own = bytes.subarray(offset, offset + size);
      offset += size;
      if (own.length === size) tensors.set(weight.name, storedTensor(weight, stored as keyof typeof STORED, own));
    }
    if (offset === bytes.length) continue;
    const message = `the weights take ${offset} bytes by model.json, the files have ${bytes.length}`;
    errors.push(
      new DataError('E-GRAPH-MODEL-BYTES', where, message, 'The model is truncated or mixed up: convert it again'),
    );
  }
  return tensors;
}

/** A weight that was stored in fewer bits comes back as real = min + scale * stored. Source: tfjs-core, `io/io_utils.ts`. */
function storedTensor(
  { shape, dtype, quantization }: Manifest[number]['weights'][number],
  stored: keyof typeof STORED,
  bytes: Buffer,
): TensorDef {
  if (quantization === undefined || stored === 'float16') {
    const type =
      stored === 'float16'
        ? DATA_TYPE.float16
        : (TYPE_NAMES[`DT_${dtype === 'float32' ? 'FLOAT' : dtype.toUpperCase()}`] ?? 0);
    return { dtype: type, shape, content: Uint8Array.from(bytes), values: [] };
  }
  const count = elementCount(shape);
  const { scale, min } = quantization;
  const values = Array.from(
    { length: count },
    (_, i) => min + scale * (stored === 'uint16' ? bytes.readUInt16LE(2 * i) : bytes[i]!),
  );
  const content = new Uint8Array(Float32Array.from(values).buffer);
  if (dtype !== 'int32') return { dtype: DATA_TYPE.float32, shape, content, values: [] };
  return {
    dtype: DATA_TYPE.int32,
    shape,
    content: new Uint8Array(Int32Array.from(values, Math.round).buffer),
    values: [],
  };
}

/** The network of a graph model; constants have the values of the manifest. */
export function networkOfJson({ modelTopology }: GraphModelJson, tensors: ReadonlyMap<string, TensorDef>): NetworkDef {
  const convert = (raw: z.infer<typeof node>): NodeDef => {
    const attributes = new Map<string, Attribute>(
      Object.entries(raw.attr).map(([key, value]) => [key, withoutUndefined(value)]),
    );
    const value = tensors.get(raw.name);
    if (raw.op === 'Const' && value !== undefined) attributes.set('value', { tensor: value });
    return { name: raw.name, op: raw.op, inputs: raw.input, attributes };
  };
  const functions = (modelTopology.library?.function ?? []).map(({ signature, nodeDef, ret }) => {
    const returned = new Map(Object.entries(ret));
    const outputs = signature.outputArg.map(({ name }) => ({ name, value: returned.get(name) ?? '' }));
    const inputs = signature.inputArg.map(({ name }) => name);
    return [signature.name, { inputs, nodes: nodeDef.map(convert), outputs }] as const;
  });
  return { nodes: modelTopology.node.map(convert), functions: new Map(functions) };
}

function withoutUndefined(value: z.infer<typeof attribute>): Attribute {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Attribute;
}
