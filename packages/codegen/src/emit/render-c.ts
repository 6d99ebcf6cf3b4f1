import type { CProject, PortType, Tensor, TensorId, TracePoint } from '@kiln/ir';
import { tensorOf } from '@kiln/ir';
import { buildCodeModel, type EmitOptions } from './code-model.js';
import { render } from './render.js';
import { byteCount } from '../program/byte-count.js';
import type { Program } from '../program/program.js';

/** The network itself: one header, one source, C99, nothing else needed. These are the bytes that are proven; every target holds them. */
export function renderC(program: Program, options: EmitOptions): CProject {
  const model = buildCodeModel(program, options);
  const { graph, prefix } = program;
  const inputs = graph.inputs.map((id) => portType(tensorOf(graph, id)));
  const trace = tracePoints(program, model['classifies'] === true);
  const results = trace.filter(({ node, op }) => op === 'call' && node === 'run');
  return {
    prefix,
    files: [
      { path: `${prefix}.h`, text: render('emit/templates/model.h.hbs', model) },
      { path: `${prefix}.c`, text: render('emit/templates/model.c.hbs', model) },
    ],
    inputs,
    outputs: graph.outputs.map((id, i) => ({ ...portType(tensorOf(graph, id)), traceOffset: results[i]!.offset })),
    stateBytes: graph.states.reduce((sum, { before }) => sum + byteCount(tensorOf(graph, before)), 0),
    trace,
    inputBytes: inputs.reduce((sum, { bytes }) => sum + bytes, 0),
    traceBytes: trace.reduce((sum, { bytes }) => sum + bytes, 0),
    arenaBytes: program.plan.arenaBytes,
    ioPlaces: ioPlaces(program),
    constantBytes: program.constantBytes,
    macs: program.macs,
  };
}

function ioPlaces({ graph, plan, io }: Program): CProject['ioPlaces'] {
  const places = (ids: readonly TensorId[]): number[] => ids.map((id) => plan.offsets.get(id)!);
  return io === 'arena' ? { inputs: places(graph.inputs), outputs: places(graph.outputs) } : null;
}

function portType(tensor: Tensor): PortType {
  const { name, dtype, shape, quantization } = tensor;
  return { name, dtype, shape, quantization, bytes: byteCount(tensor) };
}

/** What `run_observed` shows, in order: each step's result, then those of `run` and `classify`. */
function tracePoints({ graph, steps }: Program, classifies: boolean): TracePoint[] {
  const points: Omit<TracePoint, 'offset'>[] = [
    ...steps.flatMap(({ node }) =>
      node.outputs.map((id, output) => ({
        ...portType(tensorOf(graph, id)),
        node: node.name,
        op: node.op as string,
        output,
      })),
    ),
    ...graph.outputs.map((id, output) => ({ ...portType(tensorOf(graph, id)), node: 'run', op: 'call', output })),
  ];
  if (classifies) {
    const type = { name: 'class', dtype: 'int32', shape: [1], quantization: null, bytes: 4 } as const;
    points.push({ ...type, node: 'classify', op: 'call', output: 0 });
  }
  let offset = 0;
  return points.map((point) => {
    const placed = { ...point, offset };
    offset += point.bytes;
    return placed;
  });
}
