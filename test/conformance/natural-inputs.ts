import { seededUnit } from './fan-out.js';

// Made inputs with the statistics of what networks see: for comparisons where no data set is at hand.

/** A number below 1 from a normal distribution's middle, by the sum of twelve even ones. */
const normalOf = (unit: () => number): number => Array.from({ length: 12 }, unit).reduce((a, b) => a + b, -6);

/**
 * Pictures [size, size, 3] of 0 to 255: coloured discs and boxes that cover each other, large ones seldom. Edges, plain areas and
 * the spectrum are those of photographs.
 *
 * Source: Lee, Mumford and Huang 2001, Occlusion Models for Natural Images ("dead leaves").
 */
export function deadLeaves(count: number, seed: number, size = 32): Float32Array[] {
  const unit = seededUnit(seed);
  return Array.from({ length: count }, () => {
    const picture = new Float32Array(size * size * 3);
    const light = 0.3 + 0.7 * unit();
    for (let leaf = 0; leaf < 120; leaf++) {
      // Radii have a density of r^-3.
      const radius = 1.2 / Math.sqrt(1 / 400 + unit());
      const [row, column, isDisc] = [unit() * size, unit() * size, unit() < 0.6];
      const [hue, shade] = [[unit(), unit(), unit()], 40 * (unit() - 0.5)];
      for (let i = 0; i < size * size; i++) {
        const [dy, dx] = [Math.floor(i / size) - row, (i % size) - column];
        if (isDisc ? dy * dy + dx * dx > radius * radius : Math.max(Math.abs(dy), Math.abs(dx) / 2) > radius) continue;
        hue.forEach((level, channel) => {
          const value = 255 * light * level + (shade * dy) / radius + 3 * normalOf(unit);
          picture[3 * i + channel] = Math.round(Math.max(0, Math.min(255, value)));
        });
      }
    }
    return picture;
  });
}

const RATE = 16_000;
const [FRAMES, FRAME, STEP, SPECTRUM] = [49, 480, 320, 512];
const [BANDS, COEFFICIENTS] = [40, 10];
/** Up to 4000 Hz, above which no band reaches. */
const BINS = SPECTRUM / 4;

/** One second of something like a word: two or three voiced sounds with formants, hisses between them, noise behind. */
function word(unit: () => number): Float32Array {
  const wave = Float32Array.from({ length: RATE }, () => 0);
  const loudness = 10 ** (-1.5 * unit());
  const noise = loudness * 10 ** (-1 - 2 * unit());
  let at = RATE * 0.3 * unit();
  for (let sound = 1 + Math.floor(3 * unit()); sound > 0; sound--) {
    const length = RATE * (0.08 + 0.2 * unit());
    const pitch = 90 + 160 * unit();
    const bend = 0.3 * (unit() - 0.5);
    const formants = [250 + 600 * unit(), 800 + 1700 * unit(), 2300 + 1000 * unit()];
    const gainAt = (frequency: number): number =>
      formants.reduce((sum, formant, f) => sum + 1 / (1 + ((frequency - formant) / (80 + 40 * f)) ** 2), 0);
    const harmonics = Array.from(
      { length: Math.floor(4000 / pitch) },
      (_, h) => gainAt((h + 1) * pitch) / Math.sqrt(h + 1),
    );
    const isHiss = unit() < 0.3;
    let before = 0;
    for (let i = 0; i < length && at + i < RATE; i++) {
      const envelope = Math.sin((Math.PI * i) / length) ** 0.7;
      const random = unit() - 0.5;
      const hiss = random - 0.8 * before;
      before = random;
      const phase = 2 * Math.PI * pitch * (i / RATE) * (1 + bend * (i / RATE));
      const voice = harmonics.reduce((sum, gain, h) => sum + gain * Math.sin((h + 1) * phase), 0);
      wave[Math.floor(at) + i]! += loudness * envelope * (isHiss ? 0.3 * hiss : 0.25 * voice);
    }
    at += length * (0.7 + 0.5 * unit());
  }
  for (let i = 0; i < RATE; i++) wave[i]! += noise * (unit() - 0.5);
  const most = wave.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
  return wave.map((value) => value / most);
}

const mel = (frequency: number): number => 1127 * Math.log(1 + frequency / 700);

/** Triangles of equal width in mels, 20 to 4000 Hz. Source: tf.signal.linear_to_mel_weight_matrix. */
const FILTERS = Array.from({ length: BANDS }, (_, band) => {
  const width = (mel(4000) - mel(20)) / (BANDS + 1);
  const middle = mel(20) + (band + 1) * width;
  return Array.from({ length: BINS }, (_, bin) =>
    bin === 0 ? 0 : Math.max(0, 1 - Math.abs(mel((bin * RATE) / SPECTRUM) - middle) / width),
  );
});

/** Magnitudes of the Fourier transform of a windowed frame. */
function spectrumOf(wave: Float32Array, begin: number): number[] {
  const frame = Array.from(
    { length: FRAME },
    (_, i) => wave[begin + i]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FRAME)),
  );
  return Array.from({ length: BINS }, (_, bin) => {
    // Goertzel's recurrence.
    const turn = 2 * Math.cos((2 * Math.PI * bin) / SPECTRUM);
    let [a, b] = [0, 0];
    for (const value of frame) [a, b] = [value + turn * a - b, a];
    return Math.sqrt(Math.max(0, a * a + b * b - turn * a * b));
  });
}

/**
 * Sounds [49, 10, 1] as a keyword spotter of MLPerf Tiny takes them: the first ten of 40 mel-frequency cepstral coefficients of
 * windows of 30 ms, every 20 ms.
 *
 * Source: mlcommons/tiny, keyword_spotting; tf.signal.mfccs_from_log_mel_spectrograms.
 */
export function words(count: number, seed: number): Float32Array[] {
  const unit = seededUnit(seed);
  return Array.from({ length: count }, () => {
    const wave = word(unit);
    const features = new Float32Array(FRAMES * COEFFICIENTS);
    for (let frame = 0; frame < FRAMES; frame++) {
      const spectrum = spectrumOf(wave, frame * STEP);
      const logs = FILTERS.map((filter) =>
        Math.log(1e-6 + filter.reduce((sum, weight, bin) => sum + weight * spectrum[bin]!, 0)),
      );
      for (let k = 0; k < COEFFICIENTS; k++) {
        const sum = logs.reduce(
          (total, value, band) => total + value * Math.cos((Math.PI * k * (band + 0.5)) / BANDS),
          0,
        );
        features[frame * COEFFICIENTS + k] = Math.sqrt(2 / BANDS) * sum;
      }
    }
    return features;
  });
}
