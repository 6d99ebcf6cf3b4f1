import type { Tensor } from '@kiln/ir';
import type { ActivationType } from '../operators/operator.js';
import { type ChannelExtremes, reachOf } from './channel-extremes.js';
import { nearestOnGrid } from './range.js';

/** What the channels of one layer's result look like on the grid that they share. */
export interface ChannelDiagnosis {
  readonly count: number;
  /** Channels whose float values never change. */
  readonly dead: readonly number[];
  /** Channels whose float values change, but within one step of the grid: to the integers they are dead. */
  readonly lost: readonly number[];
  /** Those that use the least of the grid, the worst first. Without the dead ones. */
  readonly worst: readonly UnevenChannel[];
}

export interface UnevenChannel {
  readonly channel: number;
  /** The farthest that any channel goes from zero, divided by the farthest that this one goes. */
  readonly ratio: number;
}

const MOST_WORST = 3;

/** Holds the extremes of each channel against the grid of the tensor. */
export function diagnoseChannels(extremes: ChannelExtremes, tensor: Tensor): ChannelDiagnosis {
  const { least, greatest } = extremes;
  const grid = (value: number): number => nearestOnGrid(value, tensor.quantization!, tensor.dtype as ActivationType);
  const channels = Array.from(least, (_, channel) => channel);
  const dead = channels.filter((channel) => least[channel] === greatest[channel]);
  const alive = channels.filter((channel) => !dead.includes(channel));
  const reaches = channels.map((channel) => reachOf(extremes, channel));
  const farthest = Math.max(...reaches);
  const worst = alive
    .map((channel) => ({ channel, ratio: farthest / reaches[channel]! }))
    .sort((a, b) => b.ratio - a.ratio || a.channel - b.channel)
    .slice(0, MOST_WORST);
  return {
    count: channels.length,
    dead,
    lost: alive.filter((channel) => grid(least[channel]!) === grid(greatest[channel]!)),
    worst,
  };
}
