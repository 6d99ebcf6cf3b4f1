import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { MissingToolError } from '@kiln/ir';
import { loadTensorFlow, requireFromHere } from '../tensorflow.js';

const ADDON_FILE = 'tfjs_binding.node';

/**
 * The native addon of `@tensorflow/tfjs-node`, if it is on disk: `lib/napi-v<n>/tfjs_binding.node` in its package.
 *
 * `packageFolder` is where to look; by default where Node finds the package. Returns null if there is none.
 */
export function findTensorFlowAddon(packageFolder: string | null = tfjsNodeFolder()): string | null {
  const libraryFolder = packageFolder === null ? null : path.join(packageFolder, 'lib');
  if (libraryFolder === null || !existsSync(libraryFolder)) return null;
  const candidates = readdirSync(libraryFolder)
    .filter((name) => /^napi-v\d+$/.test(name))
    .sort((a, b) => Number(b.slice('napi-v'.length)) - Number(a.slice('napi-v'.length)))
    .map((name) => path.join(libraryFolder, name, ADDON_FILE));
  return candidates.find((file) => existsSync(file)) ?? null;
}

/** Why the native addon cannot be used, as half a sentence, or null if it can. Loads it to find out. */
export function addonProblem(addonFile: string | null): string | null {
  if (addonFile === null) return 'native TensorFlow (tfjs-node) is not installed';
  try {
    loadTensorFlowAddon(addonFile);
    return null;
  } catch (error) {
    return `native TensorFlow (tfjs-node) does not load (${firstLine(error)})`;
  }
}

/**
 * Loads `@tensorflow/tfjs-node`, which registers the backend named 'tensorflow', and returns TensorFlow's version.
 *
 * Errors: MissingToolError if there is no addon, or if it does not load.
 */
export function loadTensorFlowAddon(addonFile: string | null): string {
  if (addonFile === null) throw missingAddon('is not built: its native addon tfjs_binding.node is not on disk');
  restoreRemovedUtilities();
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  loadTensorFlow();
  try {
    const binding = requireFromHere(addonFile) as { TF_Version: string };
    requireFromHere('@tensorflow/tfjs-node');
    return binding.TF_Version;
  } catch (cause) {
    throw missingAddon(`is there but does not load: ${firstLine(cause)}`, cause);
  }
}

function tfjsNodeFolder(): string | null {
  try {
    return path.dirname(requireFromHere.resolve('@tensorflow/tfjs-node/package.json'));
  } catch {
    return null;
  }
}

/** Node 23 removed two functions of `util` that tfjs-node 4.22 calls. */
function restoreRemovedUtilities(): void {
  const utilities = util as unknown as Record<string, unknown>;
  utilities['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  utilities['isArray'] ??= Array.isArray;
}

function missingAddon(problem: string, cause?: unknown): MissingToolError {
  return new MissingToolError(
    'E-BACKEND-TFJS-NODE',
    'backend tfjs-node',
    `@tensorflow/tfjs-node ${problem}`,
    'Install it with: node scripts/setup.mjs --retry (or use --backend wasm, which needs nothing more)',
    { cause },
  );
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
