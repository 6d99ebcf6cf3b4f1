import type { Board } from '../board/board.js';
import { type MemoryBlock, readMemoryImage } from '../elf-image.js';
import type { Segment } from './count-blocks.js';

/** What an instruction costs, and whether it is a single load, behind which another one takes a cycle less. */
interface Cost {
  readonly cycles: number;
  readonly bytes: 2 | 4;
  readonly isLoad: boolean;
}

/** A taken branch refills the pipeline, in one to three cycles; two is what most take. */
const TAKEN_BRANCH = 2;
/** Divisions take 2 to 12 cycles, by their operands; the most is counted. */
const DIVISION = 12;
const FLOAT_DIVISION = 14;
const FLOAT_ACCUMULATE = 3;

/** Cores whose costs are known here. Source: Arm, Cortex-M4 Technical Reference Manual (r0p1), sections 3.3.1 and 7.2.2. */
const CORES: ReadonlySet<string> = new Set(['Cortex-M4', 'Cortex-M4F']);

/**
 * Turns counts of executed blocks into cycles of a Cortex-M4 with memory that never waits, by the manual's cost of each
 * instruction: loads 2, or 1 directly behind another; several words at once 1 and one for each; taken branches 3; divisions their most;
 * all else 1. A model: it was held against no silicon. Null for cores that it does not know.
 */
export function cycleModel({ core }: Board, image: Uint8Array): ((segment: Segment) => number) | null {
  if (!CORES.has(core.name)) return null;
  const code = readMemoryImage(image);
  return (segment) =>
    segment.reduce(
      (sum, { start, instructions, executions, jumps }) =>
        sum + executions * blockCycles(code, start, instructions) + jumps * TAKEN_BRANCH,
      0,
    );
}

function blockCycles(code: readonly MemoryBlock[], start: number, instructions: number): number {
  let [cycles, at, isBehindLoad] = [0, start, false];
  for (let i = 0; i < instructions; i++) {
    const cost = costOf(halfword(code, at), halfword(code, at + 2));
    cycles += cost.isLoad && isBehindLoad ? 1 : cost.cycles;
    isBehindLoad = cost.isLoad;
    at += cost.bytes;
  }
  return cycles;
}

/** 0 beyond the image. */
function halfword(code: readonly MemoryBlock[], address: number): number {
  const block = code.find((each) => address >= each.address && address + 1 < each.address + each.bytes.length);
  if (block === undefined) return 0;
  const at = address - block.address;
  return block.bytes[at]! | (block.bytes[at + 1]! << 8);
}

const LOAD = { cycles: 2, isLoad: true } as const;
const ONE = { cycles: 1, isLoad: false } as const;
const plain = (cycles: number) => ({ cycles, isLoad: false });

/** By its encoding. Source: Armv7-M Architecture Reference Manual (DDI 0403E), chapter A5. */
export function costOf(first: number, second: number): Cost {
  const isWide = first >>> 11 >= 0b11101;
  return isWide ? { bytes: 4, ...wideCost(first, second) } : { bytes: 2, ...narrowCost(first) };
}

function narrowCost(code: number) {
  const top = code >>> 12;
  if (code >>> 11 === 0b01001) return LOAD;
  if (top === 0b0101) return ((code >>> 9) & 7) >= 3 ? LOAD : ONE;
  if (top >= 0b0110 && top <= 0b1001) return (code & 0x0800) === 0 ? ONE : LOAD;
  const isPush = (code & 0xfe00) === 0xb400;
  const isPop = (code & 0xfe00) === 0xbc00;
  if (isPush || isPop) return plain(1 + ones(code & 0x1ff));
  if (top === 0b1100) return plain(1 + ones(code & 0xff));
  return ONE;
}

function wideCost(first: number, second: number) {
  if ((first & 0xfe40) === 0xe800) return plain(1 + ones(second));
  if ((first & 0xfe40) === 0xe840) {
    const isTableBranch = (first & 0xfff0) === 0xe8d0 && (second & 0xffe0) === 0xf000;
    return plain(isTableBranch ? 2 : 3);
  }
  if ((first & 0xfe00) === 0xf800) return (first & 0x10) === 0 ? ONE : LOAD;
  const isDivision = (first & 0xffd0) === 0xfb90 && (second & 0xf0) === 0xf0;
  if (isDivision) return plain(DIVISION);
  if ((first & 0xef00) === 0xec00 || (first & 0xef00) === 0xed00) return floatMemory(first, second);
  if ((first & 0xff00) === 0xee00) return floatArithmetic(first, second);
  return ONE;
}

/** One register, or, with an address that is written back or no offset, several. */
function floatMemory(first: number, second: number) {
  const isSingle = (first & 0x0120) === 0x0100;
  const isDouble = (second & 0x0100) !== 0;
  return plain(isSingle ? (isDouble ? 3 : 2) : 1 + (second & 0xff));
}

function floatArithmetic(first: number, second: number) {
  const kind = first & 0xffb0;
  if (kind === 0xee80) return plain(FLOAT_DIVISION);
  const isRoot = (first & 0xffbf) === 0xeeb1 && (second & 0xfc0 & 0xac0) === 0xac0;
  if (isRoot) return plain(FLOAT_DIVISION);
  return [0xee00, 0xee10, 0xeea0, 0xee90].includes(kind) && (second & 0x10) === 0 ? plain(FLOAT_ACCUMULATE) : ONE;
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
