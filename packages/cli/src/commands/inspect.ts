import { describeModel, describeWeights, type WeightDescription } from '@kiln/codegen';
import { writeNpy } from '@kiln/formats';
import { formatShape, UsageError } from '@kiln/ir';
import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import { loadModel, type Model, sourceOf } from '../model-folder.js';
import { writeOutputFiles } from '../output-files.js';
import { formatTable, grouped } from '../ui/table.js';
import { answer, type Terminal } from '../ui/terminal.js';
import { common, type CommonOptions, terminalOf } from './options.js';

interface InspectFlags extends CommonOptions {
  readonly weights?: boolean;
  readonly tensor?: string;
  readonly output?: string;
  readonly force?: boolean;
}

export function addInspectCommand(program: Command): void {
  const command = program
    .command('inspect <model>')
    .description('list the layers of a model: shapes, parameters, MACs; or its weights')
    .option('--weights', 'list the constants: shape, dtype, bytes, range, and the layers that read them')
    .option('--tensor <name>', 'take one constant out, to the file that -o names')
    .option('-o, --output <file>', 'file for --tensor: .npy or .csv, a row for each index of the first dimension')
    .option('--force', 'overwrite what is there');
  common(command, [
    'kiln inspect out/digits/model',
    'kiln inspect out/digits/model --weights',
    'kiln inspect out/digits/model --tensor dense1/weights -o out/dense1.npy',
    'kiln inspect my-model/model.json --json',
  ]).action(runInspect);
}

function runInspect(path: string, flags: InspectFlags): void {
  const terminal = terminalOf(flags);
  const model = loadModel(terminal, path);
  if (flags.tensor !== undefined) saveTensor(terminal, model, flags.tensor, flags);
  else if (flags.output !== undefined) {
    throw new UsageError(
      'E-INSPECT-OUTPUT',
      '-o',
      'goes with --tensor',
      'Name a constant with --tensor, or leave -o out',
    );
  } else if (flags.weights === true) listWeights(terminal, model);
  else listLayers(terminal, model);
}

function listLayers(terminal: Terminal, model: Model): void {
  const { inputs, outputs, states, nodes, parameters, macs } = describeModel(model.graph);
  const rows = nodes.map((node) => [
    `${'  '.repeat(node.depth)}${node.name}`,
    node.op,
    formatShape(node.shape),
    grouped(node.parameters),
    grouped(node.macs),
  ]);
  const port = ({ name, dtype, shape }: (typeof inputs)[number]): string => `${name} ${dtype}[${shape.join(', ')}]`;
  const text = [
    `model   ${model.graph.name} (${sourceOf(model)})`,
    `inputs  ${inputs.map(port).join('; ')}`,
    `outputs ${outputs.map(port).join('; ')}`,
    ...(states.length === 0 ? [] : [`states  ${states.map(port).join('; ')}`]),
    ...(model.graph.classes === null ? [] : [`classes ${model.graph.classes.join(', ')}`]),
    '',
    formatTable(['layer', 'operator', 'output', 'parameters', 'MACs'], rows),
    '',
    `total   ${grouped(parameters)} parameters, ${grouped(macs)} MACs`,
  ].join('\n');
  answer(terminal, text, {
    name: model.graph.name,
    sha256: model.sha256,
    classes: model.graph.classes,
    inputs,
    outputs,
    states,
    parameters,
    macs,
    layers: nodes,
  });
}

function listWeights(terminal: Terminal, model: Model): void {
  const weights = describeWeights(model.graph);
  const number = (value: number): string => (Number.isInteger(value) ? grouped(value) : value.toPrecision(4));
  const severalGraphs = new Set(weights.map(({ graph }) => graph)).size > 1;
  const rows = weights.map(({ name, graph, nodes, shape, dtype, bytes, range }) => [
    shortName(name),
    dtype,
    `[${shape.join(', ')}]`,
    grouped(bytes),
    range === null ? '-' : `${number(range.least)} .. ${number(range.greatest)}`,
    nodes.join(', '),
    ...(severalGraphs ? [graph] : []),
  ]);
  const total = weights.reduce((sum, { bytes }) => sum + bytes, 0);
  const head = ['constant', 'dtype', 'shape', 'bytes', 'range', 'read by', ...(severalGraphs ? ['graph'] : [])];
  const text = [formatTable(head, rows), '', `total   ${weights.length} constants, ${grouped(total)} bytes`].join('\n');
  const listed = weights.map(({ tensor: _, ...weight }) => weight);
  answer(terminal, text, { name: model.graph.name, bytes: total, weights: listed });
}

/** Converters string the names of all that they fused together; for a table the beginning is enough. */
const NAME_LIMIT = 48;

function shortName(name: string): string {
  return name.length <= NAME_LIMIT ? name : `${name.slice(0, NAME_LIMIT - 1)}…`;
}

function saveTensor(terminal: Terminal, model: Model, name: string, { output, force }: InspectFlags): void {
  if (output === undefined || !/\.(npy|csv)$/.test(output)) {
    const found = output === undefined ? 'is missing' : `is ${output}`;
    throw new UsageError('E-INSPECT-OUTPUT', '-o', `${found}, expected a file .npy or .csv`, 'Name one with -o');
  }
  const weights = describeWeights(model.graph);
  const found = weights.find((weight) => weight.name === name);
  if (found === undefined) {
    const names = weights.map((weight) => weight.name).join(', ');
    throw new UsageError(
      'E-INSPECT-TENSOR',
      `--tensor ${name}`,
      `no constant of that name, expected one of: ${names}`,
      'Name one of them',
    );
  }
  const contents = output.endsWith('.csv') ? csvOf(found) : npyOf(found);
  writeOutputFiles(dirname(output), [{ path: basename(output), contents }], force === true);
  const { tensor: _, ...weight } = found;
  answer(terminal, `${output}  ${weight.dtype}[${weight.shape.join(', ')}]`, { output, ...weight });
}

function npyOf({ tensor: { dtype, shape, data } }: WeightDescription): Uint8Array {
  return writeNpy({ dtype, shape, data: data! });
}

/** A row for each index of the first dimension, the other dimensions one behind the other. */
function csvOf({ tensor: { shape, data } }: WeightDescription): string {
  const values = Array.from(data as ArrayLike<number | bigint>, String);
  const width = shape.length < 2 ? 1 : values.length / (shape[0] || 1);
  const rows = Array.from({ length: values.length / (width || 1) }, (_, row) =>
    values.slice(row * width, (row + 1) * width).join(','),
  );
  return `${rows.join('\n')}\n`;
}
