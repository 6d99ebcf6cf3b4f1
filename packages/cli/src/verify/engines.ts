import { type CProject, MissingToolError, UsageError } from '@kiln/ir';
import { createHostEngine, createWasmEngine, type Engine } from '@kiln/runtime-c';

/** What `--on` may name. The reference is what the others are compared with. */
export const ENGINE_NAMES = ['reference', 'host', 'wasm'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

const MAKERS: Readonly<Record<Exclude<EngineName, 'reference'>, typeof createHostEngine | typeof createWasmEngine>> = {
  host: createHostEngine,
  wasm: createWasmEngine,
};

/** Reads `host,wasm`. Throws `UsageError` for a name that no engine has. */
export function parseEngines(text: string): EngineName[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of names) {
    if (!(ENGINE_NAMES as readonly string[]).includes(name)) {
      throw new UsageError(
        'E-ENGINE',
        `--on ${name}`,
        `is no engine, expected ${ENGINE_NAMES.join(', ')}`,
        'Choose from these',
      );
    }
  }
  if (names.length === 0)
    throw new UsageError(
      'E-ENGINE',
      '--on',
      `names no engine, expected ${ENGINE_NAMES.join(', ')}`,
      'Choose from these',
    );
  return [...new Set(names)] as EngineName[];
}

/** Builds an engine, or says which tool it lacks. Every other failure is thrown. */
export async function buildEngine(
  name: Exclude<EngineName, 'reference'>,
  project: CProject,
  signal: AbortSignal,
): Promise<Engine | MissingToolError> {
  try {
    return await MAKERS[name](project, { signal });
  } catch (error) {
    if (error instanceof MissingToolError) return error;
    throw error;
  }
}
