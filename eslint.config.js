import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

/** Which packages each package may import: ir <- formats <- train, ir <- codegen, ir <- runtime-c, cli on top. */
const ARROWS = {
  ir: [],
  formats: ['ir'],
  train: ['ir', 'formats'],
  codegen: ['ir'],
  'runtime-c': ['ir'],
  cli: ['ir', 'formats', 'train', 'codegen', 'runtime-c'],
};

const packageNames = Object.keys(ARROWS);
const againstTheArrows = Object.entries(ARROWS).map(([name, allowed]) => ({
  from: { element: { type: name } },
  disallow: packageNames
    .filter((other) => other !== name && !allowed.includes(other))
    .map((other) => ({ to: { module: { source: `@kiln/${other}` } } })),
  message: `packages/${name} may import only: ${allowed.map((other) => `@kiln/${other}`).join(', ') || 'no other package'}`,
}));

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', 'out/', '.nx/', 'coverage/'] },
  {
    files: ['**/*.{ts,js,mjs}'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'off',
      'no-control-regex': 'error',
      'no-empty': 'error',
      'no-self-assign': 'error',
      'no-self-compare': 'error',
      'no-unsafe-finally': 'error',
      'no-unused-vars': 'off',
      'no-var': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  // A table of facts is as long as its source.
  { files: ['packages/formats/src/tflite/schema/*.ts'], rules: { 'max-lines': 'off' } },
  // A Node.js too old for the rest must still be able to read this one.
  { files: ['scripts/setup.mjs'], rules: { 'no-var': 'off' } },
  {
    files: ['packages/*/{src,test,page}/**/*.ts', 'test/**/*.ts', 'vitest.config.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: ['./test/tsconfig.lint.json'] } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Its idea of unnecessary also takes casts that say what a union holds.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  // The page's script has a browser around it, not Node.js.
  {
    files: ['packages/cli/page/**/*.ts'],
    languageOptions: { parserOptions: { project: ['./packages/cli/page/tsconfig.json'] } },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    plugins: { boundaries },
    settings: {
      'boundaries/elements': packageNames.map((name) => ({ type: name, pattern: `packages/${name}` })),
    },
    rules: {
      'boundaries/dependencies': ['error', { default: 'allow', checkAllOrigins: true, policies: againstTheArrows }],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['@kiln/*/*'], message: 'Import the package, not a path inside it.' },
            {
              regex: '(^|/)(ir|formats|train|codegen|runtime-c|cli)/src(/|$)',
              message: 'Import the package as @kiln/....',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off', '@typescript-eslint/no-unsafe-member-access': 'off' },
  },
  {
    files: ['packages/!(cli)/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-console': 'error' },
  },
);
