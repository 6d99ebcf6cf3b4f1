import type { Target } from '../target.js';

export const c: Target = {
  summary: 'the network alone: one header, one source, C99',
  headerFolder: '',
  sourceFolder: '',
  templates: {},
};
