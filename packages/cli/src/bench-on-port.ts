import { type Compilation, referenceTrace } from '@kiln/codegen';
import { ParityError } from '@kiln/ir';
import { type Board, type BoardTime, compareTraces, connectBoard, describeDifference, openLine } from '@kiln/runtime-c';
import { interruptible } from './interrupts.js';
import { runStage } from './ui/progress.js';
import { formatTable, grouped, percent } from './ui/table.js';
import type { Terminal } from './ui/terminal.js';

/** What a real board says of one inference. */
export interface PortBench {
  readonly board: Board;
  readonly port: string;
  /** By the core's own clock; null where it has none. */
  readonly time: BoardTime | null;
  /** Deepest use of the stack, that of the firmware around the network among it; bytes. */
  readonly stackBytes: number;
}

/**
 * Times one inference on a board that was flashed with this network, after its layers have been found to be the reference's: a wrong
 * inference has no cost. Errors: `E-PARITY`, those of `openLine` and `connectBoard`.
 */
export function benchOnPort(
  terminal: Terminal,
  { graph, project }: Compilation,
  board: Board,
  port: string,
  input: Uint8Array,
): Promise<PortBench> {
  const measure = (): Promise<PortBench> =>
    interruptible(async (signal) => {
      const line = await openLine(port, signal);
      const engine = await connectBoard(project, board, line, `what was flashed, on ${port}`, { signal });
      try {
        const trace = await engine.trace(input, 1, { signal });
        const { first } = compareTraces(project, referenceTrace(graph, project, input, 1), trace, 1);
        if (first !== null) {
          const remedy = 'Flash it again: kiln flash';
          throw new ParityError('E-PARITY', `${project.prefix}.c on ${board.name}`, describeDifference(first), remedy);
        }
        return { board, port, time: await engine.time(input), stackBytes: engine.stackHighWater() };
      } finally {
        await engine.dispose();
      }
    });
  return runStage(terminal, `Bench on ${port}`, measure, ({ time }) =>
    time === null ? 'no clock' : `${grouped(time.cycles)} cycles`,
  );
}

/** What it costs, for people. */
export function portBenchText({ board, port, time, stackBytes }: PortBench, { program, project }: Compilation): string {
  const { hz } = board.clock;
  const milliseconds = (cycles: number): string => ((1000 * cycles) / hz).toFixed(3);
  const head = `${board.name} (${board.core.name}) at ${port}, kernels: ${program.isa}; every layer as in the reference`;
  const stack = `stack   ${grouped(stackBytes)} B at the deepest, the firmware's share among it`;
  if (time === null) return [head, '', 'time    the core has no clock that the firmware knows', stack].join('\n');
  const rows = layersOf(time, project).map(({ layer, op, cycles }) => [
    layer,
    op,
    grouped(cycles),
    milliseconds(cycles),
    percent(time.cycles === 0 ? 0 : cycles / time.cycles),
  ]);
  const speed = `${milliseconds(time.cycles)} ms at ${hz / 1e6} MHz`;
  return [
    head,
    '',
    formatTable(['layer', 'operator', 'cycles', 'ms', 'share'], rows),
    '',
    `cycles  ${grouped(time.cycles)}, ${speed}, ${(time.cycles / Math.max(1, project.macs)).toFixed(3)} per MAC`,
    stack,
  ].join('\n');
}

/** The same for machines. */
export function portBenchDocument({ board, port, time, stackBytes }: PortBench, { program, project }: Compilation) {
  return {
    board: board.name,
    port,
    isa: program.isa,
    macs: project.macs,
    cycles: time?.cycles ?? null,
    hz: board.clock.hz,
    stackBytes,
    layers: time === null ? [] : layersOf(time, project),
  };
}

function layersOf({ layers }: BoardTime, { trace }: Compilation['project']) {
  const points = trace.filter(({ op }) => op !== 'call');
  return points.map(({ node, op }, index) => ({ layer: node, op, cycles: layers[index] ?? 0 }));
}
