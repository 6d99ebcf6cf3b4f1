import { InvariantError, UsageError } from '@kiln/ir';
import { loadTensorFlow, type TensorFlow } from '../tensorflow.js';
import { registerCpuKernels } from './cpu-kernels.js';
import { addonProblem, findTensorFlowAddon, loadTensorFlowAddon } from './tfjs-node.js';
import { loadWasmBackend } from './wasm.js';

/** What `--backend` names. */
export const BACKEND_CHOICES = ['auto', 'tfjs-node', 'wasm', 'cpu'] as const;
export type BackendChoice = (typeof BACKEND_CHOICES)[number];
export type BackendName = Exclude<BackendChoice, 'auto'>;

/** The name under which TensorFlow.js itself knows each backend. */
const TENSORFLOW_NAME: Record<BackendName, string> = { 'tfjs-node': 'tensorflow', wasm: 'wasm', cpu: 'cpu' };

export interface SelectedBackend {
  readonly tf: TensorFlow;
  readonly name: BackendName;
  /** Why this one, as one sentence for people. */
  readonly reason: string;
  /** Version of the native TensorFlow library, where there is one. */
  readonly tensorflowVersion: string | null;
}

/**
 * Puts TensorFlow.js on a backend: the one asked for, or with `auto` the fastest that works here.
 *
 * The ladder: tfjs-node (native TensorFlow) if its addon is on disk and loads, else WebAssembly, else plain JavaScript.
 * TensorFlow.js has one backend at a time for the whole process; the selected one stays until the next call.
 *
 * Errors: UsageError for a name that is none of the choices, MissingToolError if the one asked for is not there, with
 * the line that installs it.
 */
export async function selectBackend(choice: BackendChoice): Promise<SelectedBackend> {
  if (!BACKEND_CHOICES.includes(choice)) {
    const choices = BACKEND_CHOICES.join(', ');
    throw new UsageError(
      'E-BACKEND',
      '--backend',
      `found '${String(choice)}', expected one of: ${choices}`,
      'Change it',
    );
  }
  if (choice === 'tfjs-node') return selectTfjsNode('asked for');
  if (choice === 'wasm') return selectWasm('asked for');
  if (choice === 'cpu') return selectCpu('asked for');
  const problem = addonProblem(findTensorFlowAddon());
  if (problem === null) return selectTfjsNode('the fastest here: native TensorFlow is installed');
  try {
    return await selectWasm(`${problem}; WebAssembly is the next fastest`);
  } catch (cause) {
    return selectCpu(`${problem}; WebAssembly does not start (${String(cause)})`);
  }
}

async function selectTfjsNode(reason: string): Promise<SelectedBackend> {
  const tensorflowVersion = loadTensorFlowAddon(findTensorFlowAddon());
  return settle('tfjs-node', reason, tensorflowVersion);
}

async function selectWasm(reason: string): Promise<SelectedBackend> {
  loadWasmBackend(loadTensorFlow());
  return settle('wasm', reason, null);
}

async function selectCpu(reason: string): Promise<SelectedBackend> {
  registerCpuKernels(loadTensorFlow());
  return settle('cpu', reason, null);
}

/** TensorFlow.js falls back in silence to another backend when one does not start: so look. */
async function settle(name: BackendName, reason: string, tensorflowVersion: string | null): Promise<SelectedBackend> {
  const tf = loadTensorFlow();
  await tf.setBackend(TENSORFLOW_NAME[name]);
  await tf.ready();
  if (tf.getBackend() !== TENSORFLOW_NAME[name]) {
    throw new InvariantError(
      'E-BACKEND-FELL-BACK',
      `backend '${name}'`,
      `TensorFlow.js runs on '${tf.getBackend()}', expected '${TENSORFLOW_NAME[name]}'`,
    );
  }
  return { tf, name, reason, tensorflowVersion };
}
