import { PCA } from 'ml-pca';

export interface PrincipalComponents {
  /** [components, features], row-major: unit vectors, the direction of the most variance first. */
  readonly components: Float64Array;
  /** Share of the whole variance along each of them, 0 .. 1, falling. */
  readonly explainedVariance: readonly number[];
}

/**
 * The principal components of standardised inputs [count, features], as many as there are features: the eigenvectors of
 * their covariance matrix. An eigenvector's sign is free; here its element of greatest magnitude is positive, so that the
 * same data give the same vectors whatever computes them.
 *
 * The inputs have mean 0 and are not centred again.
 */
export function principalComponents(inputs: Float32Array, features: number): PrincipalComponents {
  const rows = Array.from({ length: inputs.length / features }, (_, row) =>
    Array.from(inputs.subarray(row * features, (row + 1) * features)),
  );
  const pca = new PCA(rows, { method: 'covarianceMatrix', center: false, scale: false });
  const vectors = pca.getEigenvectors();
  const components = new Float64Array(features * features);
  for (let index = 0; index < features; index++) {
    const vector = vectors.getColumn(index);
    const extreme = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    components.set(extreme < 0 ? vector.map((value) => -value) : vector, index * features);
  }
  return { components, explainedVariance: pca.getExplainedVariance() };
}

/**
 * How many components are meant: the number itself, or for a share below 1 as many as explain at least that share of the
 * variance.
 */
export function componentCount(wanted: number, explainedVariance: readonly number[]): number {
  if (wanted >= 1) return wanted;
  let explained = 0;
  const enough = explainedVariance.findIndex((share) => (explained += share) >= wanted);
  return enough < 0 ? explainedVariance.length : enough + 1;
}
