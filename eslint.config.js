import n from 'eslint-plugin-n';
import unicorn from 'eslint-plugin-unicorn';
import tseslint from 'typescript-eslint';
import { noStateLiteral } from './lint/no-state-literal.mjs';
import { noUntrustedKey } from './lint/no-untrusted-key.mjs';

const off = 'off';
const error = 'error';
const warn = 'warn';

/** Packages that one folder alone may import, with where else to turn. */
const fenced = {
  amqplib: { only: 'libs/rpc', instead: '@metalcast/rpc' },
  execa: { only: 'libs/exec', instead: '@metalcast/exec' },
  '@prisma/client': { only: 'libs/db', instead: '@metalcast/db' },
};

const fences = (folder) => ({
  paths: Object.entries(fenced)
    .filter(([, { only }]) => only !== folder)
    .map(([name, { instead }]) => ({ name, message: `Use ${instead}.` })),
  patterns: [
    {
      group: [
        '@metalcast/*/*',
        '!@metalcast/db/*',
        '!@metalcast/disk-image/table',
        '!@metalcast/rpc/definitions',
        '!@metalcast/rpc/permissions',
        '!@metalcast/service/small-heap',
      ],
      message: 'Import what the package exports.',
    },
  ],
});

/** What no-floating-promises cannot see: a promise that is stored is awaited by some, or by nobody. */
const unheard = ['AssignmentExpression', 'VariableDeclarator', 'UnaryExpression[operator="void"]'];
const caught = '[callee.object.callee.property.name="catch"]';
const finallyWithoutCatch = unheard.map((parent) => ({
  selector: `${parent} > CallExpression[callee.property.name="finally"]:not(${caught})`,
  message:
    'It passes a rejection on, to nobody: put a .catch before .finally, or use try and finally in an async function.',
}));

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      'services/*/build/',
      '**/node_modules/',
      'libs/db/src/generated/',
      '.lab/',
      '.cache/',
      '.dependency-cruiser.cjs',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname },
    },
    plugins: {
      ...{ n, unicorn },
      ...{ states: { rules: { 'no-state-literal': noStateLiteral } } },
      ...{ keys: { rules: { 'no-untrusted-key': noUntrustedKey } } },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        error,
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': error,
      '@typescript-eslint/return-await': [error, 'in-try-catch'],
      '@typescript-eslint/restrict-template-expressions': [error, { allowNumber: true }],
      '@typescript-eslint/no-extraneous-class': [error, { allowWithDecorator: true }],
      '@typescript-eslint/explicit-module-boundary-types': error,
      // Takes every options object of Nest for a class instance.
      '@typescript-eslint/no-unsafe-class-instance-assignment': off,
      // `void` would only hide a rejection that nobody handles.
      '@typescript-eslint/no-floating-promises': [
        error,
        {
          ignoreVoid: false,
          // Thenable so that a handler may await it; fastify answers its errors.
          allowForKnownSafePromises: [
            { from: 'package', name: 'FastifyReply', package: 'fastify' },
          ],
        },
      ],
      '@typescript-eslint/no-misused-promises': error,
      'no-async-promise-executor': error,
      eqeqeq: error,
      curly: [error, 'multi-line'],
      'no-param-reassign': error,
      'no-console': error,
      'preserve-caught-error': error,
      'no-restricted-imports': [error, fences('')],
      'no-restricted-syntax': [
        error,
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        {
          selector: "ExportNamedDeclaration > VariableDeclaration[kind='let']",
          message: 'An exported binding does not change.',
        },
        {
          selector:
            'TemplateElement[value.raw=/(lease_until|retry_at)\\s*[<>]=?\\s*clock_timestamp/]',
          message: 'Ask hasPassed (libs/db/src/sql/has-passed.ts): the clock may have gone back.',
        },
        ...finallyWithoutCatch,
      ],
      // Prettier wraps code, but not comments.
      'max-len': [error, { code: Infinity, comments: 120, ignoreUrls: true }],
      'max-depth': [warn, 3],
      'max-params': [warn, 4],
      complexity: [warn, 12],
      'max-lines-per-function': [warn, { max: 60, skipBlankLines: true, skipComments: true }],
      'n/no-process-env': error,
      'n/no-process-exit': error,
      'n/prefer-node-protocol': error,
      'unicorn/filename-case': [error, { case: 'kebabCase' }],
      'unicorn/error-message': error,
    },
  },
  {
    files: ['{libs,services,cli,lab,test}/**/*.ts'],
    // The simulated ramdisk has states of its own.
    ignores: ['libs/domain/src/states/**', 'lab/src/simulator/**', '**/*.test.ts'],
    rules: { 'states/no-state-literal': error },
  },
  {
    files: ['{libs,services,cli}/**/*.ts'],
    ignores: ['**/*.test.ts', '**/testing/**', 'libs/rig/**', '**/conformance/**'],
    rules: { 'keys/no-untrusted-key': error },
  },
  ...['libs/rpc', 'libs/exec', 'libs/db'].map((folder) => ({
    files: [`${folder}/**/*.ts`],
    rules: { 'no-restricted-imports': [error, fences(folder)] },
  })),
  {
    // The one place of a process that reads its environment and ends it.
    files: ['libs/service/src/serve.ts'],
    rules: { 'n/no-process-env': off, 'n/no-process-exit': off },
  },
  {
    files: ['libs/service/src/start/lifetime.ts'],
    rules: { 'n/no-process-exit': off },
  },
  {
    files: [
      'cli/src/main.ts',
      'lab/src/**/*.ts',
      'libs/rig/**/*.ts',
      'libs/testing/**/*.ts',
      'test/**/*.ts',
      '**/*.test.ts',
      '*.config.ts',
    ],
    rules: { 'n/no-process-env': off, 'n/no-process-exit': off },
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts', '**/*.conformance.ts', '**/conformance/**/*.ts'],
    rules: {
      'max-lines-per-function': off,
      '@typescript-eslint/no-non-null-assertion': off,
      'no-restricted-imports': off,
    },
  },
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': off } },
);
