import { DataError, type Graph, KilnError } from '@kiln/ir';
import { unzipSync } from 'fflate';
import type { Group } from 'jsfive';
import { buildGraph } from './build-graph.js';
import { itemAt, readHdf5, weightAt } from './hdf5.js';
import { type KerasNetwork, parseNetwork } from './network.js';
import { parseJson } from './parse-json.js';
import { snakeCase } from './snake-case.js';
import type { WeightSource } from './weight-source.js';

const CONFIG = 'config.json';
const WEIGHTS = 'model.weights.h5';

/** More than any network that a microcontroller could hold: an archive that unpacks to more is an attack. */
const MOST_BYTES = 1 << 30;

/** Whether it begins as zip archives do. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/**
 * Reads the .keras archive of Keras 3: the architecture in config.json, the weights in model.weights.h5, numbered within each
 * layer.
 *
 * Source: keras/src/saving/saving_lib.py of Keras 3.
 */
export function readKerasArchive(bytes: Uint8Array, where: string): Graph {
  const files = unpack(bytes, where);
  const network = parseNetwork(parseJson(new TextDecoder().decode(files.config), where, CONFIG), where);
  return readHdf5(files.weights, `${where}, ${WEIGHTS}`, (file) => {
    const weights = numberedWeights(file, network, where);
    return buildGraph({ network, weights, classes: null, where });
  });
}

function unpack(bytes: Uint8Array, where: string): { config: Uint8Array; weights: Uint8Array } {
  let files: Readonly<Record<string, Uint8Array>>;
  try {
    files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (name !== CONFIG && name !== WEIGHTS) return false;
        if (originalSize <= MOST_BYTES) return true;
        throw archiveError(where, `holds a ${name} of ${originalSize} bytes, expected at most ${MOST_BYTES}`);
      },
    });
  } catch (cause) {
    if (cause instanceof KilnError) throw cause;
    throw archiveError(where, `is a damaged zip archive: ${(cause as Error).message}`);
  }
  const missing = [CONFIG, WEIGHTS].filter((name) => files[name] === undefined);
  if (missing.length > 0) throw archiveError(where, `holds no ${missing.join(' and no ')}, expected a .keras archive`);
  return { config: files[CONFIG]!, weights: files[WEIGHTS]! };
}

function archiveError(where: string, found: string): DataError {
  return new DataError('E-KERAS-ARCHIVE', where, found, 'Save it with model.save("NAME.keras")');
}

/** A layer's group is called after its class, with a number where there are several; since Keras 3.9 it says the layer's name. */
function numberedWeights(file: Group, network: KerasNetwork, where: string): WeightSource {
  const groups = new Map<string, string>();
  collectGroups(file, network, 'layers', [], groups);
  return (path, names) => {
    const group = groups.get(path.join('/'));
    return names.map((_, i) => (group === undefined ? null : weightAt(file, `${group}/vars/${i}`, where)));
  };
}

function collectGroups(
  file: Group,
  { layers }: KerasNetwork,
  folder: string,
  path: readonly string[],
  groups: Map<string, string>,
): void {
  const used = new Map<string, number>();
  const named = namedGroups(file, folder);
  for (const layer of layers) {
    const base = snakeCase(layer.className);
    const number = used.get(base) ?? 0;
    used.set(base, number + 1);
    const group = named.get(layer.name) ?? `${folder}/${base}${number === 0 ? '' : `_${number}`}`;
    const within = [...path, layer.name];
    groups.set(within.join('/'), group);
    if (layer.network !== null) collectGroups(file, layer.network, `${group}/layers`, within, groups);
  }
}

/** Groups by the names of their layers, where the file says them. */
function namedGroups(file: Group, folder: string): Map<string, string> {
  const parent = itemAt(file, folder);
  const named = new Map<string, string>();
  if (parent === null || !('keys' in parent)) return named;
  for (const key of parent.keys) {
    const name = itemAt(parent, `${key}/vars`)?.attrs['name'];
    if (typeof name === 'string') named.set(name.replace(/\0+$/, ''), `${folder}/${key}`);
  }
  return named;
}
