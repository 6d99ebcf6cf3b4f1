/** A network of the walk: a recipe with its parameters, and the name of its folder. */
export interface WalkNetwork {
  readonly name: string;
  readonly recipe: string;
  readonly parameters: Readonly<Record<string, number>>;
}

/** The networks of the notebook, in its order. */
export const WALK_NETWORKS: readonly WalkNetwork[] = [
  { name: 'linear', recipe: 'digits-linear', parameters: {} },
  { name: 'pca', recipe: 'digits-pca', parameters: {} },
  { name: 'cnn', recipe: 'digits-cnn', parameters: {} },
  { name: 'autoencoder2', recipe: 'digits-autoencoder', parameters: { bottleneck: 2 } },
  { name: 'autoencoder16', recipe: 'digits-autoencoder', parameters: { bottleneck: 16 } },
];
