import { DataError, type Graph } from '@kiln/ir';
import { basename } from 'node:path';
import { buildNetwork, type Port } from './build-network.js';
import { decodeOrRefuse, type NetworkDef, networkOf, type NodeDef, type RawGraph } from './network-def.js';
import { referenceOf } from './order-nodes.js';

/** Tag of the first field of a GraphDef, and of the first of a NodeDef. */
const FIRST_FIELD = 0x0a;

/** Whether it begins as a GraphDef does: with a node, and that with its name. */
export function isGraphDef(bytes: Uint8Array): boolean {
  let at = 1;
  while (at < 6 && (bytes[at] ?? 0) >= 0x80) at += 1;
  return bytes[0] === FIRST_FIELD && bytes[at + 1] === FIRST_FIELD && bytes[at + 2] !== '{'.charCodeAt(0);
}

/** Reads a frozen graph: a GraphDef whose weights are constants. Its inputs are its placeholders, its outputs what nobody reads. */
export function readGraphDef(bytes: Uint8Array, where: string): Graph {
  const network = networkOf(decodeOrRefuse('GraphDef', bytes, where) as RawGraph);
  if (network.nodes.length === 0)
    throw new DataError(
      'E-GRAPHDEF-EMPTY',
      where,
      'holds no nodes, expected a graph of TensorFlow',
      'Save the model again',
    );
  const name = basename(where).replace(/\.\w+$/, '');
  return buildNetwork({ network, ...portsOf(network), variable: () => null, where: basename(where), name });
}

/** No results of a network, though nobody reads them. */
const NO_OUTPUTS = new Set([
  'Placeholder',
  'NoOp',
  'Assert',
  'SaveV2',
  'RestoreV2',
  'Assign',
  'AssignVariableOp',
  'Print',
  'PrintV2',
]);

/** Inputs and outputs of a network without a signature, in the order of the nodes. */
export function portsOf({ nodes }: NetworkDef): { readonly inputs: Port[]; readonly outputs: Port[] } {
  const placeholders = nodes.filter(({ op, name }) => op === 'Placeholder' && !/learning_phase/.test(name));
  const read = new Set(
    nodes.flatMap(({ inputs }) => inputs.map((input) => referenceOf(input.replace(/^\^/, '')).name)),
  );
  const flowing = dependents(nodes, placeholders);
  const results = nodes.filter((node) => flowing.has(node.name) && !read.has(node.name) && !NO_OUTPUTS.has(node.op));
  const port = ({ name }: NodeDef): Port => ({ name, reference: name, type: null, shape: null });
  return { inputs: placeholders.map(port), outputs: results.map(port) };
}

/** Names of the nodes that depend on some of them, those included. */
function dependents(nodes: readonly NodeDef[], from: readonly NodeDef[]): ReadonlySet<string> {
  const readers = new Map<string, string[]>();
  for (const { name, inputs } of nodes) {
    for (const input of inputs) {
      const before = referenceOf(input).name;
      const others = readers.get(before);
      if (others === undefined) readers.set(before, [name]);
      else others.push(name);
    }
  }
  const found = new Set(from.map(({ name }) => name));
  for (const name of found) readers.get(name)?.forEach((reader) => found.add(reader));
  return found;
}
