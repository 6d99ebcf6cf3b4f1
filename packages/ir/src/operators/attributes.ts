/** What a node may do to its result before it is stored: `reluN1To1` lets through what lies in -1..1. */
export type Activation = 'none' | 'relu' | 'reluN1To1' | 'relu6';

/** `same`: the output has ceil(size / stride) positions, zeros around; `valid`: only whole windows. */
export type Padding = 'same' | 'valid';

/** Height and width, in elements. */
export type HeightWidth = readonly [number, number];

/** An operator that is told by its name alone. */
export type None = Record<never, never>;
