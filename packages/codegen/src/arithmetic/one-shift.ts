/**
 * How an accumulator becomes an output in one shift, by the same amount for all channels of a layer where that can be.
 *
 *   y = clamp(sat8((constant + floor(256 * a * multiplier / 2^32) - (a < 0 ? sign : 0)) >> shift))
 *
 * On Armv7E-M that is SMMLA and SSAT, with two more instructions where the layer is `signed`, for an accumulator that is held
 * times 256. It equals the double rounding of `requantize` only for the right numbers: both are monotone on either side of
 * a = 0, so they are equal on a whole range if and only if each output begins at the same a. That is checked, not assumed.
 */
export interface OneShift {
  /** Null where channels shift by amounts of their own. */
  readonly shift: number | null;
  /** Whether some channel's negative accumulators need a correction. */
  readonly signed: boolean;
  readonly channels: readonly ShiftedChannel[];
}

/** The numbers of one channel. `sign` is 0 where the layer is not signed. */
export interface ShiftedChannel {
  readonly multiplier: number;
  readonly constant: number;
  readonly sign: number;
  readonly shift: number;
}

/** What a channel must compute: a monotone function of the accumulator, on the range that it can reach. */
export interface ChannelStage {
  /** Of an accumulator, the output with its zero point, clamped. Grows with it. */
  readonly output: (accumulator: number) => number;
  readonly least: number;
  readonly greatest: number;
  /** A guess of the multiplier: the real scale, output steps per unit of the accumulator. */
  readonly scale: number;
}

/** Accumulators that are held times 256 must stay below this. */
export const PAIR_LIMIT = 2 ** 23;

const SCALED_BY = 256;
const TWO_31 = 2 ** 31;
const TWO_32 = 2 ** 32;
const MOST_SHIFT = 31;
const LEAST_SHIFT = 8;
/** Multipliers that are tried on either side of the guess. */
const NEIGHBOURS = 40;

/** floor(256 * a * multiplier / 2^32) for |a| < 2^23 and 0 <= multiplier < 2^31: what SMMLA adds. */
export function highProduct(a: number, multiplier: number): number {
  const high = Math.floor(multiplier / 65536);
  const low = multiplier - high * 65536;
  return Math.floor((a * high + Math.floor((a * low) / 65536)) / 256);
}

/** What the formula gives, the specification of the C and of the instructions. */
export function oneShiftOutput({ channels }: OneShift, bounds: Limits, channel: number, accumulator: number): number {
  const { multiplier, constant, sign, shift } = channels[channel]!;
  const sum = constant + highProduct(accumulator, multiplier) - (accumulator < 0 ? sign : 0);
  return Math.max(bounds.low, Math.min(bounds.high, Math.max(-128, Math.min(127, Math.floor(sum / 2 ** shift)))));
}

/** What a layer clamps its outputs to. */
export interface Limits {
  readonly low: number;
  readonly high: number;
}

/**
 * Searches numbers with which the formula equals every channel's stage on its whole range. Null if there are none, or a range
 * leaves what the formula can hold; the layer then needs another kernel. A shift that all channels share is one of a few, so
 * that layers share code. Channels whose scales are far apart may have none in common: then each has its own.
 */
export function findOneShift(stages: readonly ChannelStage[], limits: Limits): OneShift | null {
  if (stages.some(({ least, greatest }) => least <= -PAIR_LIMIT || greatest >= PAIR_LIMIT)) return null;
  const whole = stages.map((stage) => [thresholdsOf(stage, limits)]);
  const halves = stages.map((stage) => halvesOf(stage).map((half) => half && thresholdsOf(half, limits)));
  for (const shift of candidateShifts(stages)) {
    for (const signed of [false, true]) {
      const parts = signed ? halves : whole;
      const channels = stages.map((stage, index) => solveChannel(stage, parts[index]!, shift));
      if (channels.every((channel) => channel !== null)) return { shift, signed, channels };
    }
  }
  for (const signed of [false, true]) {
    const parts = signed ? halves : whole;
    const channels = stages.map((stage, index) => {
      for (const shift of candidateShifts([stage])) {
        const channel = solveChannel(stage, parts[index]!, shift);
        if (channel !== null) return channel;
      }
      return null;
    });
    if (channels.every((channel) => channel !== null)) return { shift: null, signed, channels };
  }
  return null;
}

/** The accumulators from 0 on, and those below, each null if there are none. */
function halvesOf(stage: ChannelStage): readonly [ChannelStage | null, ChannelStage | null] {
  const { least, greatest } = stage;
  return [
    greatest < 0 ? null : { ...stage, least: Math.max(0, least) },
    least >= 0 ? null : { ...stage, greatest: Math.min(-1, greatest) },
  ];
}

/** Whether whatever the accumulator is, the output is the same: such a channel needs no multiplier. */
function isConstant({ output, least, greatest }: ChannelStage): boolean {
  return output(least) === output(greatest);
}

/** The greatest shift whose multipliers fit, even ones first: a layer of another range then often has the same. */
function candidateShifts(stages: readonly ChannelStage[]): number[] {
  const scale = Math.max(0, ...stages.filter((stage) => !isConstant(stage)).map((stage) => stage.scale));
  // multiplier = scale * 2^(shift + 24) < 2^31, and outputs of 8 bits must fit above the shift.
  const greatest = Math.min(
    MOST_SHIFT - 8,
    Math.floor(Math.log2((TWO_31 - NEIGHBOURS) / 2 ** 24 / Math.max(scale, 2 ** -40))),
  );
  const all = Array.from({ length: Math.max(0, greatest - LEAST_SHIFT + 1) }, (_, i) => greatest - i);
  return [...all.filter((shift) => shift % 2 === 0).slice(0, 2), ...all.filter((shift) => shift % 2 === 1).slice(0, 1)];
}

/** One output's beginning: the least accumulator that gives it. */
interface Threshold {
  readonly output: number;
  readonly at: number;
}

/** Where each output begins, and the ends of the range, whose outputs must not be passed. */
interface Thresholds {
  readonly steps: readonly Threshold[];
  /** The output at the least accumulator, null where the clamp holds it. */
  readonly floor: Threshold | null;
  readonly ceiling: Threshold | null;
}

function thresholdsOf({ output, least, greatest }: ChannelStage, { low, high }: Limits): Thresholds {
  const [first, last] = [output(least), output(greatest)];
  const steps: Threshold[] = [];
  let from = least;
  for (let value = first + 1; value <= last; value++) {
    let [below, at] = [from - 1, greatest];
    while (at - below > 1) {
      const middle = Math.floor((below + at) / 2);
      if (output(middle) >= value) at = middle;
      else below = middle;
    }
    steps.push({ output: value, at });
    from = at;
  }
  return {
    steps,
    floor: first > low ? { output: first, at: least } : null,
    ceiling: last < high ? { output: last, at: greatest } : null,
  };
}

/** `parts`: the whole range, or its two halves, of which the second takes another constant. */
function solveChannel(
  stage: ChannelStage,
  parts: readonly (Thresholds | null)[],
  shift: number,
): ShiftedChannel | null {
  const guess = isConstant(stage) ? 0 : Math.round(stage.scale * 2 ** (shift + 24));
  for (let distance = 0; distance <= NEIGHBOURS; distance++) {
    for (const multiplier of distance === 0 ? [guess] : [guess + distance, guess - distance]) {
      if (multiplier < 0 || multiplier >= TWO_31) continue;
      const channel = channelFor(multiplier, parts, shift);
      if (channel !== null && fitsWord(channel, stage)) return channel;
    }
  }
  return null;
}

function channelFor(multiplier: number, parts: readonly (Thresholds | null)[], shift: number): ShiftedChannel | null {
  const found: number[] = [];
  for (const part of parts) {
    if (part === null) continue;
    const constant = constantFor(multiplier, part, shift);
    if (constant === null) return null;
    found.push(constant);
  }
  const [constant, below = constant] = found as [number, number?];
  return { multiplier, constant, sign: constant - below, shift };
}

/**
 * For a multiplier the constants that put every threshold where it belongs are an interval: the formula reaches output v at a
 * if constant >= v * 2^shift - product(a), and does not at a - 1 if constant < v * 2^shift - product(a - 1).
 */
function constantFor(multiplier: number, { steps, floor, ceiling }: Thresholds, shift: number): number | null {
  const unit = 2 ** shift;
  const product = (a: number): number => highProduct(a, multiplier);
  let [least, greatest] = [-TWO_31, TWO_31 - 1];
  for (const { output, at } of steps) {
    least = Math.max(least, output * unit - product(at));
    greatest = Math.min(greatest, output * unit - product(at - 1) - 1);
    if (least > greatest) return null;
  }
  if (floor !== null) least = Math.max(least, floor.output * unit - product(floor.at));
  if (ceiling !== null) greatest = Math.min(greatest, (ceiling.output + 1) * unit - product(ceiling.at) - 1);
  return least > greatest ? null : Math.floor((least + greatest) / 2);
}

/** Whether all sums stay in 32 bits over the whole range, as the instructions have no more. */
function fitsWord({ multiplier, constant, sign }: ShiftedChannel, { least, greatest }: ChannelStage): boolean {
  const [lowest, highest] = [highProduct(least, multiplier), highProduct(greatest, multiplier)];
  const sums = [constant, sign, lowest + constant, lowest + constant - sign, highest + constant];
  return sums.every((sum) => sum >= -TWO_31 && sum < TWO_31);
}

/** An accumulator's start, times 256 and in pairs: see `packPairs`. Modulo 2^32, as a signed word. */
export function asWord(value: number): number {
  const word = ((value % TWO_32) + TWO_32) % TWO_32;
  return word >= TWO_31 ? word - TWO_32 : word;
}

/** The accumulator of one channel of a pair, in the upper bits. */
export function inUpperBits(value: number): number {
  return value * SCALED_BY;
}
