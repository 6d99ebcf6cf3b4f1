import { formatShape, type Tensor, tensorOf } from '@kiln/ir';
import { tableBytes } from '../operators/kernel.js';
import type { Program, Routine } from '../program/program.js';
import { cComment } from './c-literal.js';

/** The graph, node by node, as lines for a comment: what a frozen graph would list. Graphs within a node are indented. */
export function graphTable(program: Program): string[] {
  const rows = rowsOf(program, '');
  const header = ['node', 'operator', 'input -> output', 'const B', 'MAC'];
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  return [header, ...rows].map((row) =>
    row
      .map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

function rowsOf({ graph, places, steps }: Routine, indent: string): string[][] {
  const type = (tensor: Tensor): string => `${tensor.dtype}[${formatShape(tensor.shape)}]`;
  const stepOf = new Map(steps.map((step) => [step.node.id, step]));
  return graph.nodes.flatMap((node) => {
    const step = stepOf.get(node.id);
    const inputs = node.inputs.filter((id) => places.has(id)).map((id) => type(tensorOf(graph, id)));
    const activation =
      'activation' in node.attributes && node.attributes.activation !== 'none' ? `+${node.attributes.activation}` : '';
    const row = [
      `${indent}${cComment(node.name)}`,
      `${node.op}${activation}`,
      `${inputs.join(', ')} -> ${node.outputs.map((id) => type(tensorOf(graph, id))).join(', ')}`,
      step === undefined ? '-' : String(tableBytes(step.tables)),
      step === undefined ? '-' : String(step.macs),
    ];
    const inner = (step?.function.routines ?? []).flatMap((routine) => [
      [`${indent}  ${routine.role}:`, '', '', '', ''],
      ...rowsOf(routine, `${indent}    `),
    ]);
    return [row, ...inner];
  });
}
