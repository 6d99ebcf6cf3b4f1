import type { Compilation } from '@kiln/codegen';
import { allocate, elementCount, type Graph, type PortType, type TensorId } from '@kiln/ir';
import { blockReports } from '../build-report.js';
import type { Model } from '../model-folder.js';
import type { PageData, PageInput, PageOutput, PageTensor } from './page-data.js';

/** Samples that the page holds, at most, and their bytes. */
const MOST_SAMPLES = 200;
const MOST_SAMPLE_BYTES = 512 << 10;
/** A fully drawn pixel of the UCI digits, and of images whose values go up to 1. */
const FULL_INK = 16;
const PIXELS = 64;
const CLASSES = 10;
/** Ends of a slider where neither the type nor samples say better; `kiln verify` draws from there too. */
const FLOAT_RANGE = 4;
const INTEGER_RANGE = { int8: [-128, 127], uint8: [0, 255], bool: [0, 1], int16: [-32768, 32767] } as const;

/** Puts all that the page shows of a compiled model together. */
export function describePage(model: Model, compilation: Compilation, precision: string, wasm: Uint8Array): PageData {
  const { graph, program, project } = compilation;
  const stepOf = new Map(program.steps.map(({ node }, i) => [node.name, i]));
  const range = sampleRange(model, compilation);
  const inputs = project.inputs.map((port) => inputOf(port, graph, project.outputs, range));
  return {
    model: graph.name,
    precision,
    wasm: Buffer.from(wasm).toString('base64'),
    inputs,
    outputs: project.outputs.map((port, i) => outputOf(port, port.traceOffset, graph, graph.outputs[i]!, inputs)),
    layers: project.trace
      .filter(({ op }) => op !== 'call')
      .map((point) => ({
        ...tensorOf(point),
        name: point.node,
        op: point.op,
        offset: point.offset,
        step: stepOf.get(point.node) ?? 0,
      })),
    steps: program.steps.map(({ node }) => node.name),
    blocks: blockReports(compilation),
    arenaBytes: program.plan.arenaBytes,
    inputBytes: project.inputBytes,
    traceBytes: project.traceBytes,
    remembers: project.stateBytes > 0,
    samples: samplesOf(model, compilation),
  };
}

function tensorOf({ name, dtype, shape, bytes, quantization }: PortType): PageTensor {
  const scale = quantization?.scale[0];
  return {
    name,
    dtype,
    shape,
    bytes,
    quantization: scale === undefined ? null : { scale, zeroPoint: quantization?.zeroPoint[0] ?? 0 },
  };
}

function inputOf(port: PortType, graph: Graph, outputs: readonly PortType[], range: Range | null): PageInput {
  const tensor = tensorOf(port);
  const [least, most] = range ?? typeRange(tensor);
  const hasPixels =
    elementCount(port.shape) === PIXELS && port.shape.every((length) => [1, 8, PIXELS].includes(length));
  const isImage = port.shape.filter((length) => length === 8).length === 2;
  const namesDigits = outputs.some(({ shape }) => elementCount(shape) === CLASSES);
  const isDrawing = graph.inputs.length === 1 && hasPixels && (isImage || namesDigits);
  return { ...tensor, ink: isDrawing ? (range !== null && most <= 1 ? 1 : FULL_INK) : null, least, most };
}

type Range = readonly [number, number];

function typeRange({ dtype, quantization }: PageTensor): Range {
  if (dtype === 'float32') return [-FLOAT_RANGE, FLOAT_RANGE];
  const [low, high] = dtype in INTEGER_RANGE ? INTEGER_RANGE[dtype as keyof typeof INTEGER_RANGE] : [-100, 100];
  const { scale, zeroPoint } = quantization ?? { scale: 1, zeroPoint: 0 };
  return [scale * (low - zeroPoint), scale * (high - zeroPoint)];
}

/** Of all values of the samples beside a model with one input; null without any, or where they are all the same. */
function sampleRange({ evaluation }: Model, { project }: Compilation): Range | null {
  const port = project.inputs[0];
  if (evaluation === null || port === undefined || project.inputs.length > 1 || port.quantization !== null) return null;
  const values = allocate(port.dtype, evaluation.inputs.length / (port.bytes / elementCount(port.shape)));
  new Uint8Array(values.buffer).set(evaluation.inputs);
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) [least, most] = [Math.min(least, Number(value)), Math.max(most, Number(value))];
  return least < most ? [least, most] : null;
}

function outputOf(
  port: PortType,
  traceOffset: number,
  graph: Graph,
  id: TensorId,
  inputs: readonly PageInput[],
): PageOutput {
  const count = elementCount(port.shape);
  const isReconstruction = count === PIXELS && inputs.some(({ ink }) => ink !== null);
  const isImage = port.shape.filter((length) => length > 1).length > 1;
  const kind = isReconstruction || isImage ? 'picture' : isShare(graph, id) ? 'probabilities' : 'values';
  const isClasses = kind !== 'picture' && graph.outputs[0] === id && count > 1;
  return {
    ...tensorOf(port),
    traceOffset,
    kind,
    labels: isClasses && (graph.classes !== null || kind === 'probabilities') ? labelsOf(graph, count) : null,
  };
}

function labelsOf({ classes }: Graph, count: number): string[] {
  return Array.from({ length: count }, (_, i) => classes?.[i] ?? String(i));
}

/** Whether a softmax or a logistic function made the values, behind layers that only write them in another form. */
function isShare(graph: Graph, id: TensorId): boolean {
  const node = graph.nodes.find(({ outputs }) => outputs.includes(id));
  if (node === undefined) return false;
  if (['dequantize', 'quantize', 'reshape', 'cast'].includes(node.op)) return isShare(graph, node.inputs[0]!);
  return node.op === 'softmax' || node.op === 'logistic';
}

function samplesOf({ evaluation }: Model, { project }: Compilation): PageData['samples'] {
  if (evaluation === null || project.inputBytes === 0) return null;
  const count = Math.min(MOST_SAMPLES, evaluation.count, Math.floor(MOST_SAMPLE_BYTES / project.inputBytes));
  if (count === 0) return null;
  return {
    bytes: Buffer.from(evaluation.inputs.subarray(0, count * project.inputBytes)).toString('base64'),
    labels: evaluation.labels === null ? null : Array.from(evaluation.labels.subarray(0, count)),
  };
}
