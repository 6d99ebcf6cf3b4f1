import type { Compilation } from '@kiln/codegen';
import { formatShape, type Tensor, tensorOf } from '@kiln/ir';
import type { PrecisionReport } from './report/report-data.js';

/** The graph's nodes as people read them: one row each, views included. */
export function describeLayers({
  graph,
  program,
  project,
  noise,
  calibration,
}: Compilation): PrecisionReport['layers'] {
  const steps = new Map(program.steps.map((step) => [step.node.id, step]));
  const points = new Map(project.trace.map((point) => [point.node, point]));
  return graph.nodes.map((node) => {
    const step = steps.get(node.id);
    const output = tensorOf(graph, node.outputs[0]!);
    const activation =
      'activation' in node.attributes && node.attributes.activation !== 'none'
        ? ` + ${node.attributes.activation}`
        : '';
    return {
      name: node.name,
      op: `${node.op}${activation}`,
      input: typeText(tensorOf(graph, node.inputs[0]!)),
      output: typeText(output),
      dtype: output.dtype,
      macs: step?.macs ?? 0,
      constantBytes: step?.tables.reduce((sum, { values }) => sum + values.byteLength, 0) ?? 0,
      outputBytes: step === undefined ? 0 : (points.get(node.name)?.bytes ?? 0),
      signalToNoiseDecibels: finite(noise.get(node.id)),
      calibration: calibration.get(node.outputs[0]!)?.method ?? null,
    };
  });
}

function typeText({ dtype, shape }: Tensor): string {
  return `${dtype}[${formatShape(shape)}]`;
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
