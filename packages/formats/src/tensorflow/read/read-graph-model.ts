import { DataError, type Graph, type KilnError, throwAll } from '@kiln/ir';
import { basename, dirname } from 'node:path';
import { buildNetwork, type Port } from './build-network.js';
import { type GraphModelJson, graphModelJson, manifestTensors, networkOfJson } from './graph-json.js';
import { portsOf } from './read-graph-def.js';

/** Whether the text is the model.json of a graph model: it has nodes where a layers model has layers. */
export function isGraphModel(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || !('modelTopology' in json)) return false;
  const { modelTopology: topology } = json;
  const hasNodes = typeof topology === 'object' && topology !== null && 'node' in topology;
  return hasNodes || ('format' in json && json.format === 'graph-model');
}

/** Reads a graph model of TensorFlow.js: its parsed model.json and, by `readFile`, the weight files that it names. */
export function readGraphModel(json: unknown, where: string, readFile: (path: string) => Uint8Array): Graph {
  const parsed = graphModelJson.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`);
    const message = `is no graph model: ${problems.join('; ').replaceAll('received undefined', 'found nothing')}`;
    throw new DataError('E-GRAPH-MODEL', where, message, 'Convert the model again with tensorflowjs_converter');
  }
  const errors: KilnError[] = [];
  const tensors = manifestTensors(parsed.data.weightsManifest, readFile, errors);
  throwAll(errors);
  const network = networkOfJson(parsed.data, tensors);
  const ports = signaturePorts(parsed.data) ?? portsOf(network);
  const name = basename(dirname(where)) || 'model';
  return buildNetwork({ network, ...ports, variable: () => null, where: basename(where), name });
}

function signaturePorts({ signature }: GraphModelJson): { inputs: Port[]; outputs: Port[] } | null {
  if (signature === undefined || signature === null) return null;
  const ports = (infos: typeof signature.inputs): Port[] =>
    Object.entries(infos).map(([key, { name, dtype, tensorShape }]) => ({
      name: key,
      reference: name,
      type: dtype ?? null,
      shape: tensorShape ?? null,
    }));
  const [inputs, outputs] = [ports(signature.inputs), ports(signature.outputs)];
  return inputs.length > 0 && outputs.length > 0 ? { inputs, outputs } : null;
}
