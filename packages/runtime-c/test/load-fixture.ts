import { readFileSync } from 'node:fs';
import type { CProject } from '@kiln/ir';

export interface Fixture {
  readonly project: CProject;
  readonly count: number;
  readonly inputs: Uint8Array;
  /** What the reference computed for them. */
  readonly traces: Uint8Array;
}

/** A small network as the code generator wrote it, see fixtures/README.md. */
export function loadFixture(precision: 'int8' | 'float32'): Fixture {
  const read = (name: string) => readFileSync(new URL(`../fixtures/tiny-${precision}/${name}`, import.meta.url));
  const description = JSON.parse(read('project.json').toString('utf8')) as Omit<CProject, 'files'> & {
    files: string[];
  };
  const files = description.files.map((path) => ({ path, text: read(path).toString('utf8') }));
  const project = { ...description, files };
  const inputs = new Uint8Array(read('inputs.bin'));
  return { project, count: inputs.length / project.inputBytes, inputs, traces: new Uint8Array(read('traces.bin')) };
}

/** The same project with one change of its C text, which must be there. */
export function withChangedC(project: CProject, before: string | RegExp, after: string): CProject {
  const files = project.files.map(({ path, text }) => {
    const changed = path.endsWith('.c') ? text.replace(before, after) : text;
    if (path.endsWith('.c') && changed === text) throw new Error(`the C does not contain ${String(before)}`);
    return { path, text: changed };
  });
  return { ...project, files };
}
