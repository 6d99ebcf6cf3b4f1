import type { CProject, PortType, Tensor, TensorId, TracePoint } from '@kiln/ir';
import { tensorOf } from '@kiln/ir';
import { buildCodeModel, byteCount, type EmitOptions } from '../emit/code-model.js';
import { render } from '../emit/render.js';
import type { Program } from '../program/program.js';

/** `--target c`: one header, one source, C99, nothing else needed. */
export function renderC(program: Program, options: EmitOptions): CProject {
  const model = buildCodeModel(program, options);
  const { graph, prefix } = program;
  const inputs = graph.inputs.map((id) => portType(tensorOf(graph, id)));
  const trace = tracePoints(program, model['classifies'] === true);
  const offsetOf = (id: TensorId): number => {
    const index = program.steps.findIndex(
      ({ node }) => node.outputs[0] === id || program.places.get(node.outputs[0]!) === program.places.get(id),
    );
    return trace[index]?.offset ?? 0;
  };
  return {
    prefix,
    files: [
      { path: `${prefix}.h`, text: render('emit/templates/model.h.hbs', model) },
      { path: `${prefix}.c`, text: render('emit/templates/model.c.hbs', model) },
    ],
    inputs,
    outputs: graph.outputs.map((id) => ({ ...portType(tensorOf(graph, id)), traceOffset: offsetOf(id) })),
    trace,
    inputBytes: inputs.reduce((sum, { bytes }) => sum + bytes, 0),
    traceBytes: trace.reduce((sum, { bytes }) => sum + bytes, 0),
    arenaBytes: program.plan.arenaBytes,
    constantBytes: program.constantBytes,
    macs: program.macs,
  };
}

function portType(tensor: Tensor): PortType {
  const { name, dtype, shape, quantization } = tensor;
  return { name, dtype, shape, quantization, bytes: byteCount(tensor) };
}

/** What `run_observed` shows, in order: each step's result, then those of `run` and `classify`. */
function tracePoints({ graph, steps }: Program, classifies: boolean): TracePoint[] {
  const points = [
    ...steps.map(({ node }) => ({
      ...portType(tensorOf(graph, node.outputs[0]!)),
      node: node.name,
      op: node.op as string,
    })),
    ...graph.outputs.map((id) => ({ ...portType(tensorOf(graph, id)), node: 'run', op: 'call' })),
  ];
  if (classifies) {
    points.push({
      name: 'class',
      dtype: 'int32',
      shape: [1],
      quantization: null,
      bytes: 4,
      node: 'classify',
      op: 'call',
    });
  }
  let offset = 0;
  return points.map((point) => {
    const placed = { ...point, offset };
    offset += point.bytes;
    return placed;
  });
}
