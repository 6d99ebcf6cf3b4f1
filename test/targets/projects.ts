import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Compilation, compile, type Precision, renderTarget, type TargetName } from '@kiln/codegen';
import type { Graph } from '@kiln/ir';
import { afterAll } from 'vitest';
import { ChainBuilder, samples } from '../../packages/codegen/src/testing/graphs.js';
import { plainType } from '../conformance/bench.js';
import { GraphSketch } from '../conformance/stateful.js';

/** A folder of this test file's own, removed after its tests. */
export const folder = mkdtempSync(join(tmpdir(), 'kiln-test-targets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export const STRICT = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror'];
const VERSION = '0.1.0';

/** A classifier of 4x4 with three named classes; its model is called `name`. */
export function classifier(precision: Precision, name = 'tiny'): Compilation {
  const graph = new ChainBuilder([1, 4, 4, 1], { name, classes: ['left', 'right', '"none"'] })
    .conv2d(2, [3, 3, 1])
    .relu()
    .reshape([1, -1])
    .dense(3, 8)
    .softmax()
    .finish();
  return compiled(graph, precision);
}

/** Two inputs of different types, two outputs, and a state that adds up one of them. */
export function stateful(): Compilation {
  const g = new GraphSketch('running_sum', [1, 4]);
  const [x, scale] = [g.input(), g.input([1, 4], plainType('int32'))];
  const sum = g.state(Float32Array.of(0, 1, 2, 3));
  const [next] = g.add('add', { activation: 'none' }, [x, sum.before]);
  sum.becoming(next!);
  const [doubled] = g.add('add', { activation: 'none' }, [scale, scale], [{ type: plainType('int32') }]);
  return compiled(g.finish([next!, doubled!]), 'float32');
}

function compiled(graph: Graph, precision: Precision): Compilation {
  const calibration = graph.inputs.length === 1 ? samples(16, 16, 'float32') : [];
  return compile(graph, { name: graph.name, precision, calibration, source: 'model.json', version: VERSION });
}

/** Writes a target's files into a folder of their own; answers with its path. */
export function write(target: TargetName, compilation: Compilation, name: string): string {
  for (const { path, text } of renderTarget(target, compilation, VERSION)) put(join(folder, name, path), text);
  return join(folder, name);
}

export function put(file: string, text: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Runs a program to its end; answers with its stdout. Throws with all that it said where it fails. */
export function run(program: string, args: readonly string[], cwd = folder, env: Record<string, string> = {}): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}\n${stdout}\n${stderr}\n${error?.message ?? ''}`);
  return stdout;
}
