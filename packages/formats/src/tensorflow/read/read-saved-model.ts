import { CompileError, type Graph } from '@kiln/ir';
import { basename, dirname } from 'node:path';
import { buildNetwork, type Port } from './build-network.js';
import { decodeOrRefuse, type NetworkDef, networkOf, type RawGraph, sizesOf } from './network-def.js';
import { readTensorBundle, type Variable } from './tensor-bundle.js';
import { variableKeys } from './variable-keys.js';

const INDEX = 'variables/variables.index';
/** Tag of the first field of a SavedModel, its version of 1, and the tag of the second. */
const BEGINNING = [0x08, 0x01, 0x12];

/** Whether it begins as the saved_model.pb of a SavedModel does. */
export function isSavedModel(bytes: Uint8Array): boolean {
  return BEGINNING.every((byte, i) => bytes[i] === byte);
}

interface TensorInfo {
  readonly name?: string;
  readonly dtype?: number;
  readonly tensor_shape?: { readonly dim: readonly { readonly size?: number }[]; readonly unknown_rank?: boolean };
}

interface Signature {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorInfo>>;
  readonly method_name?: string;
}

interface MetaGraph {
  readonly meta_info_def?: { readonly tags: readonly string[] };
  readonly graph_def?: RawGraph;
  readonly signature_def: Readonly<Record<string, Signature>>;
}

/**
 * Reads a SavedModel: the bytes of its saved_model.pb and, by `readFile`, its variables. The network is that of the signature
 * `serving_default`, or of the only one; functions are followed into, variables are constants.
 *
 * Source: tensorflow/core/protobuf/saved_model.proto.
 */
export function readSavedModel(bytes: Uint8Array, where: string, readFile: (path: string) => Uint8Array): Graph {
  const { meta_graphs } = decodeOrRefuse('SavedModel', bytes, where) as { meta_graphs: readonly MetaGraph[] };
  const serving = meta_graphs.find(({ meta_info_def }) => meta_info_def?.tags.includes('serve')) ?? meta_graphs[0];
  if (serving?.graph_def === undefined)
    throw new CompileError('E-SAVED-MODEL-EMPTY', where, 'holds no graph', 'Save the model again');
  const network = networkOf(serving.graph_def);
  const signature = signatureOf(serving, where);
  const name = basename(dirname(where));
  const variable = variableSource(network, readFile);
  const [inputs, outputs] = [portsOf(signature.inputs), portsOf(signature.outputs)];
  return buildNetwork({ network, inputs, outputs, variable, where: basename(where), name });
}

/** The signature that serves. Errors: CompileError with the names of all if there is no telling. */
function signatureOf({ signature_def }: MetaGraph, where: string): Signature {
  const all = Object.entries(signature_def).filter(([name]) => !name.startsWith('__saved_model'));
  const found = all.find(([name]) => name === 'serving_default') ?? (all.length === 1 ? all[0] : undefined);
  if (found !== undefined) return found[1];
  const names = all.map(([name]) => `'${name}'`).join(', ') || 'none';
  const message = `has the signatures ${names}, expected serving_default or a single one`;
  throw new CompileError('E-SAVED-MODEL-SIGNATURE', where, message, 'Save it with signatures={"serving_default": ...}');
}

function portsOf(infos: Readonly<Record<string, TensorInfo>>): Port[] {
  return Object.entries(infos).map(([name, { name: reference = '', dtype, tensor_shape }]) => ({
    name,
    reference,
    type: dtype ?? null,
    shape: tensor_shape === undefined || tensor_shape.unknown_rank === true ? null : sizesOf(tensor_shape),
  }));
}

/** Variables are read when they are first asked for: a model whose weights are constants has none. */
function variableSource(
  network: NetworkDef,
  readFile: (path: string) => Uint8Array,
): (name: string) => Variable | null {
  const shardName = (shard: number, shards: number): string =>
    `variables/variables.data-${String(shard).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}`;
  let open: ((name: string) => Variable | null) | null = null;
  return (name) => {
    if (open === null) {
      const bundle = readTensorBundle(readFile(INDEX), INDEX, (shard, shards) => readFile(shardName(shard, shards)));
      const keys = variableKeys(network);
      const shared = new Map(
        network.nodes.map((node) => [node.name, node.attributes.get('shared_name')?.s ?? node.name]),
      );
      open = (variable) => bundle(keys.get(variable) ?? shared.get(variable) ?? variable);
    }
    return open(name);
  };
}
