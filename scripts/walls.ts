/**
 * The walls of the house as data: who may import whom. A change here is a change of the design (docs/architecture.md).
 * Own packages are named as they are imported, `vault/ports` for the doors alone, `api (types)` for `import type` only.
 */
export type Wall = {
  /** Packages of this house. */
  readonly own: readonly string[]
  /** Packages from npm; `*` for any. */
  readonly npm: readonly string[]
  /** Node's modules it may use; undefined for all but those in ONLY. */
  readonly node?: readonly string[]
  /** Files that read a file of the package itself which lies beside them; they may import `node:fs`. */
  readonly assets?: readonly string[]
  /** Files that may read the clock, chance or the environment; every other takes them as values. */
  readonly edges: readonly string[]
}

const PURE_NODE = ['node:buffer', 'node:crypto', 'node:path', 'node:util']
const ANY_FILE = ['**']

export const WALLS: Readonly<Record<string, Wall>> = {
  'packages/domain': { own: [], npm: ['zod', 'croner'], node: [], edges: [] },
  'packages/vault': {
    own: ['domain', 'domain/errors'],
    npm: ['ignore', 'zod'],
    node: [...PURE_NODE, 'node:zlib', 'node:worker_threads', 'node:os', 'node:v8'],
    assets: ['vault/readme.ts'],
    edges: [],
  },
  'packages/host': {
    own: ['domain', 'domain/errors', 'vault/ports', 'vault/survey', 'vault/walk'],
    npm: ['zod'],
    edges: ['clock.ts'],
  },
  'packages/rclone': { own: ['domain', 'vault/ports'], npm: ['zod'], edges: ['daemon-environment.ts'] },
  'packages/sealed-config': { own: [], npm: ['@noble/ciphers'], edges: [] },
  'packages/history': {
    own: ['domain'],
    npm: ['@prisma/client', '@prisma/adapter-libsql', 'zod'],
    edges: [],
  },
  'packages/api': { own: ['domain'], npm: ['@trpc/client', '@trpc/server', 'zod'], node: [], edges: [] },
  'packages/testkit': {
    own: ['domain', 'vault/ports'],
    npm: ['vitest', 'fast-check', 'jsqr', 'smtp-server'],
    edges: ANY_FILE,
  },
  'apps/agent': {
    own: ['api', 'domain', 'history', 'host', 'rclone', 'sealed-config', 'vault', 'vault/ports'],
    npm: ['*'],
    edges: ['main.ts', 'config.ts', 'run/engine-process.ts', 'run/job.ts'],
  },
  'apps/cli': {
    own: [
      'api (types)',
      'api/step-up-link',
      'domain',
      ...['host', 'host/clock', 'host/folder-cache', 'host/random', 'host/source-tree', 'host/walk-thread'],
      ...['rclone', 'rclone/place'],
      'sealed-config',
      ...['vault', 'vault/backup', 'vault/open-vault', 'vault/path-text', 'vault/ports'],
    ],
    npm: ['*'],
    edges: ['main.ts', 'bin/holdfast.mjs'],
  },
  'apps/web': { own: ['api (types)', 'api/step-up-link', 'domain'], npm: ['*'], node: [], edges: ANY_FILE },
}

/** Modules that only some rooms may import, whoever else would be allowed to. */
export const ONLY: readonly {
  readonly module: RegExp
  readonly rooms: readonly string[]
  readonly why: string
}[] = [
  {
    module: /^node:child_process$/,
    rooms: ['packages/rclone', 'packages/host', 'packages/testkit', 'apps/agent', 'apps/cli'],
    why: 'only rclone and host start programs, and the apps their own engine',
  },
  {
    module: /^(@prisma\/|prisma$|@libsql\/)/,
    rooms: ['packages/history'],
    why: 'only history knows the database',
  },
]

/** What stands in for a missing name; the function belongs to its caller, or to a file that says what it is. */
export const EMPTY_NAMES = /(^|[/-])(utils?|helpers?|manager|common|misc)([./-]|$)/

/** The clock, chance and the environment: values everywhere but in a wall's `edges`. */
export const AMBIENT: readonly { readonly pattern: RegExp; readonly name: string }[] = [
  { pattern: /\bDate\.now\b/, name: 'Date.now' },
  { pattern: /\bnew Date\(\)/, name: 'new Date()' },
  { pattern: /\bMath\.random\b/, name: 'Math.random' },
  { pattern: /\bprocess\.env\b/, name: 'process.env' },
]
