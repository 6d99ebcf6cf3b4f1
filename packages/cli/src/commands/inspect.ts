import { describeModel } from '@kiln/codegen';
import { formatShape } from '@kiln/ir';
import type { Command } from 'commander';
import { loadModel, sourceOf } from '../model-folder.js';
import { formatTable, grouped } from '../ui/table.js';
import { answer } from '../ui/terminal.js';
import { common, type CommonOptions, terminalOf } from './options.js';

export function addInspectCommand(program: Command): void {
  const command = program
    .command('inspect <model>')
    .description('list the layers of a model: shapes, parameters, MACs');
  common(command, ['kiln inspect out/digits/model', 'kiln inspect my-model/model.json --json']).action(runInspect);
}

function runInspect(path: string, flags: CommonOptions): void {
  const terminal = terminalOf(flags);
  const model = loadModel(terminal, path);
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
